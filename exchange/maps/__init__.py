"""Any table as events, by a declarative map: which column is the date, which words mean what.

May import `exchange`, `domain` and `events`. The maps that come with trialog are files in `cli/maps`.
How a file is read belongs to `exchange/tables`.
"""
