"""Any table as events, by a small declarative map: which column is the date, which words mean what."""
