"""How long an audit of to-date medians takes, by its number of subjects."""
