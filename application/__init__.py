"""What a user can ask: one module for each question, called by every face of trialog.

May import every folder except `cli` and `pages`; takes plain Python, returns typed answers, never prints.
How a thing is computed, stored or read belongs to the folders below; options and printing belong to `cli`.
"""
