"""What follows from the log: facts on two time axes, figures, and their comparison with announcements."""
