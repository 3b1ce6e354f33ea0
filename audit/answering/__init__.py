"""From a decision to an answer: the example history, the smallest conflict, repairs and windows.

May import the rest of `audit` and what `audit` may import. Typed answers belong to `application/answers`.
"""
