"""Can these announced figures all be true? Decided from the figures alone, without any subject's data.

`reading` sorts rows into claims, `laws` and `deciding` find whether some history gives all of them, `answering`
says what follows. May import `exchange`, `projections`, `domain` and `events`, never `log`; the only folder that
imports the solver. Opening files and typed answers belong to `application`.
"""
