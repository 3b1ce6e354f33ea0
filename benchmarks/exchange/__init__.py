"""How long an import takes and how much memory it needs, by its size and form."""
