"""Every figure at each day of a trial, in one pass and day by day, side by side in one run."""
