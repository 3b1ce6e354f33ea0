"""Whole logs in and out: copy, export, restore."""
