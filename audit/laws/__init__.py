"""What no subjects can give, found without a solver: one module for each kind of law.

May import `audit/reading` and what `audit` may import. Searching for a history belongs to `audit/deciding`.
"""
