"""Whether some history gives every claim: laws, exact models, and searches for a history.

May import `audit/laws`, `audit/reading` and what `audit` may import; the solver is loaded when it is needed.
Conflicts, repairs and words for the answer belong to `audit/answering`.
"""
