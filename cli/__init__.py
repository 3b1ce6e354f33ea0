"""The command line: turns options into a question, and prints the answer.

May import `application`, words of `events` and result types of `projections`; the only folder that imports typer and
rich. What a command does belongs to `application`, pictures to `pages`.
"""
