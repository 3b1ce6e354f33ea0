"""The tree over a log's entries and the evidence taken from it, checked without a database."""
