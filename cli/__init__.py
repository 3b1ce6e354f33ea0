"""How to ask: thin commands over the log, the rules and the figures."""
