"""How a figure changed, and what changed it: from one cutoff to the next, and from one known-at day to the next."""
