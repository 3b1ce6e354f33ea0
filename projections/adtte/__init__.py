"""ADTTE: time-to-event analysis rows (ADaM BDS-TTE 1.0) from a trial's log, with the rules of {admiral}.

May import the rest of `projections`, `domain` and `events`; rows in memory only.
Files and manifests belong to `application/exporting`, reading somebody else's ADTTE to `exchange`.
"""
