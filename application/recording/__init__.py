"""What is put into a log: single events, files of events, imports, registers of announcements.

May import everything below `application`. What is read out of a log belongs to ``figures``, ``trust`` and ``moving``.
"""
