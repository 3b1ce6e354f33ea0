"""Questions to many trials: export logs, run a question, verify the export against the logs.

Here logs are read; what is computed of them is in `trialog.portfolio`, which knows no log.
"""
