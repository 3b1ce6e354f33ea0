"""The log against the bare database and against the library's stock recorder."""
