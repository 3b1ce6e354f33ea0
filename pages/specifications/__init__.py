"""Vega-Lite specifications: one function for each picture, an answer in, a plain dictionary out.

May import answers of `application` and words of `events`. Nothing here draws, reads a file or knows a clock;
`pages.files` makes SVG, PNG and PDF of a specification.
"""
