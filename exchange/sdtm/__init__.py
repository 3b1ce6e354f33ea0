"""SDTM data sets as facts: one module for each family of domains.

Source: CDISC SDTMIG 3.3 and 3.4; the terms of DS are those of NCOMPLT in the SDTM controlled terminology.
"""
