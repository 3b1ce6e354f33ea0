"""What can have happened: the rules for trials, cohorts, subjects, announcements; entries in, findings out.

May import `events`. Pure: no database, no file, no clock.
Figures belong to `projections`, stored entries to `log`, loading what a judgment needs to `application/recording`.
"""
