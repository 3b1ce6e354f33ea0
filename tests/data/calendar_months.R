# Calendar months between two days, as lubridate counts them: time_length(interval(start, end), "month").
# Run as: Rscript calendar_months.R > calendar_months.csv
suppressMessages(library(lubridate))
set.seed(20261128)
starts <- c(
  as.Date("2020-01-01"), as.Date("2019-01-31"), as.Date("2020-01-31"), as.Date("2020-01-30"), as.Date("2019-01-29"),
  as.Date("2020-02-29"), as.Date("2019-12-31"), as.Date("2021-08-31"), as.Date("2016-03-31"),
  as.Date("2010-01-01") + sample(0:5000, 120, replace = TRUE)
)
rows <- do.call(rbind, lapply(seq_along(starts), function(i) {
  days <- if (i <= 9) c(0, 1, 27:32, 58:62, 86, 89:93, 365:366, 1461) else sample(0:2000, 3)
  data.frame(start = starts[i], end = starts[i] + days)
}))
rows$months <- time_length(interval(rows$start, rows$end), "month")
write.csv(format(rows, digits = 15), row.names = FALSE, quote = FALSE)
