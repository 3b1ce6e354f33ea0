"""How a figure changed and what changed it: from one cutoff, or one known-at day, to the next.

May import the rest of `projections`, `domain` and `events`.
The days on which a figure can move belong to `projections/state`.
"""
