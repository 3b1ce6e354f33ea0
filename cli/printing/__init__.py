"""How answers look on a screen: tables, cells, events in words, progress.

May import what `cli` may import. Words that JSON and Python also show belong to `application/answers`.
"""
