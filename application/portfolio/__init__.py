"""Questions to many trials: export logs, run a question, verify the export against the logs.

May import everything below ``application`` and ``application/answers``; reads logs, never prints.
What is computed of the trials belongs to `trialog.portfolio`, which knows no log.
"""
