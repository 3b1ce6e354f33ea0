"""Can these announced figures all be true? Decided from the figures alone, without any subject's data.

`reading` sorts rows into claims, `deciding` finds whether some history of subjects gives all of them,
`answering` says what follows: a history, or the smallest conflict and what would repair it.
"""
