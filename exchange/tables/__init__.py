"""Tables in the forms that trials exchange: one typed `Table`, a reader and a writer for each form.

May import `events`. Knows cells and columns, not their meaning.
What a column means belongs to `exchange/sdtm`, `exchange/maps` and `exchange/register`.
"""
