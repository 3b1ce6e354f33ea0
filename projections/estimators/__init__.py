"""Estimators: arrays of whole days in, results out; nothing here knows of trials, logs or screens.

May import `events` (definitions, errors) and NumPy. `trialog.projections` offers these functions under one name each.
Who counts, and from when, belongs to `projections/times.py`.
"""
