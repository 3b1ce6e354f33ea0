# Writes survfit_quantiles.csv: quantile() and print() of survfit for random, tie-heavy cases, among them
# upper limits that rise again and curves that end flat at exactly 1 - p.
# R 4.2.2, survival 3.5-3: Rscript survfit_quantiles.R > survfit_quantiles.csv
library(survival)
set.seed(20261122)
cat("times,died,conf_type,p,quantile,lcl,ucl,median,median_lcl,median_ucl\n")
for (case in 1:150) {
  n <- sample(1:30, 1)
  times <- sample(0:sample(c(3, 6, 12, 40), 1), n, TRUE)
  died <- rbinom(n, 1, sample(c(.4, .7, 1), 1))
  for (conf_type in c("plain", "log", "log-log")) {
    fit <- survfit(Surv(times, died) ~ 1, conf.type = conf_type)
    shown <- summary(fit)$table[c("median", "0.95LCL", "0.95UCL")]
    for (p in c(.1, .2, .3, .5, .75)) {
      q <- quantile(fit, p)
      cat(paste(times, collapse = " "), paste(died, collapse = " "), conf_type, p,
          q$quantile, q$lower, q$upper, shown, sep = ",")
      cat("\n")
    }
  }
}
