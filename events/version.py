"""The version of the program, as answers and exports state it."""

__version__ = "0.1.0"
