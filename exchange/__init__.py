"""Foreign forms: what each record of a table, an SDTM data set or a register file says, and what is new in it.

May import `domain` and `events`. The only folder that imports openpyxl and pyreadstat; Parquet also in `portfolio`.
Writing the events to a log belongs to `application/recording`; figures belong to `projections`.
"""
