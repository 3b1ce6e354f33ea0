"""Private texts: encryption, and the keys that are stored apart from the log."""
