"""Which histories are possible: trials, cohorts, subjects, announcements and their rules."""
