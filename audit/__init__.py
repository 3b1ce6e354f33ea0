"""Can these announced figures all be true? Decided from the figures alone, without any subject's data.

`claims` is what a series of announcements says, `law` and `paths` and `model` decide whether some history
of subjects gives all of it, `search` tries definitions and finds what conflicts, `witness` turns a history
into events and rebuilds every figure from them.
"""
