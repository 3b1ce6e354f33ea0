"""Maps that come with trialog, one YAML file each; `trialog import table --list` names them.

Holds no code. How a map is applied belongs to `exchange/maps`.
"""
