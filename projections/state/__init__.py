"""What was known and had happened by a day, and the days on which that changes."""
