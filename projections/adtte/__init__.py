"""ADTTE: time-to-event analysis rows (ADaM BDS-TTE 1.0) from a trial's log, with the rules of {admiral}."""
