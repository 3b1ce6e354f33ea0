"""What only a log on a PostgreSQL server does."""
