"""How many files and functions a task of everyday enters."""
