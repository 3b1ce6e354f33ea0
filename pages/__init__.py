"""Pages: answers looked at. Pictures, the page of any day, the served page, documents.

May import `application`, words of `events` and result types of `projections`. It computes no figure: what it draws
is in the answer that it is given. Options and printing belong to `cli`.
"""
