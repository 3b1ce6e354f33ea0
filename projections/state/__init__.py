"""What was known and had happened by a day, and the days on which that changes.

May import `domain` and `events`. Figures of a state belong to `projections/measures`.
"""
