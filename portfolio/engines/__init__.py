"""Engines: run one function over every trial, in local processes or in Spark.

May import the rest of `portfolio`; the only place that imports pyspark. What is computed belongs to
`portfolio/questions`.
"""
