"""Pages: answers looked at, as pictures.

May import `application`, words of `events` and result types of `projections`; never `cli`. It computes no figure:
what it draws is in the answer that it is given. Options and printing belong to `cli`.
"""
