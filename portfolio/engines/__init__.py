"""Engines: run one function over every trial, in local processes or in Spark; nothing else is theirs."""
