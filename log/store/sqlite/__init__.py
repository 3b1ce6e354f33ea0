"""What only a log in a SQLite file does."""
