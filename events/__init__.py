"""What can be said: the kinds of event, their fields, words, dates, definitions and measures.

May import nothing else of trialog; every other folder may import it. Pydantic and NumPy are its only libraries.
What can have happened together belongs to `domain`, how an event is stored to `log`.
"""
