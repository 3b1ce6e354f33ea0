"""One module for each command, or for a family of like commands.

May import the rest of `cli` and what `cli` may import. Every command has its row in `cli/table_of_commands.py`.
What a command does belongs to `application`.
"""
