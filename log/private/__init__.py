"""Private texts: encryption, and the keys that are kept away from the log."""
