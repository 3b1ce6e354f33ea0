"""trialog: an event-sourced timeline tracker for clinical trials.

The sub-packages live in the folders of the same names at the top of the
repository; the links beside this file let a development checkout import them
under one name, as an installed wheel does.
"""

__version__ = "0.1.0"
