"""Maps that come with trialog; `trialog import table --list` names them."""
