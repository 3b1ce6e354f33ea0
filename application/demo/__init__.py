"""The demo: CLR 131, phase 1, as a log that any user can make and ask.

Holds the events (written by ``examples/clr131/history.py``) and what makes a log of them; never prints.
May import everything below ``application`` and ``application/answers``. Other questions belong to their own modules.
"""
