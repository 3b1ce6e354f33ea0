"""Printing: tables, cells, events in words, progress."""
