"""Estimators: arrays of whole days in, results out; nothing here knows of trials, logs or screens.

`trialog.projections` offers the functions of these modules under one name each.
"""
