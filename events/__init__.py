"""What happened: the kinds of event, their schema and their names in the log."""
