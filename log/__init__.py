"""Where events are stored, and why the log can be trusted: store, trust, checks, private, moving.

May import `events`, never `domain`: the log judges nothing. The only folder that imports a database or `eventsourcing`.
Rules belong to `domain`, figures to `projections`, questions that a user asks to `application`.
"""
