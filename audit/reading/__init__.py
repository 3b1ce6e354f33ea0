"""What a series of announcements says: rows as claims, and the terms under which they are read."""
