"""SDTM data sets as facts: one module for each family of domains.

May import `exchange`, `domain` and `events`. How a file is read belongs to `exchange/tables`.
Source: CDISC SDTMIG 3.3 and 3.4; the terms of DS are those of NCOMPLT in the SDTM controlled terminology.
"""
