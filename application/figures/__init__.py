"""Questions about figures: each takes one state of a trial, or a file of durations, and gives a typed answer."""
