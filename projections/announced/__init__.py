"""Announced figures: recomputed, and compared with what was announced.

May import the rest of `projections`, `domain` and `events`.
How a measure is computed belongs to `projections/measures`; figures without subject data, to `audit`.
"""
