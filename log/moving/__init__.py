"""Copying, exporting and restoring whole logs."""
