"""The forms in which a table can be exported."""

from __future__ import annotations

from trialog.exchange.tables.formats import FORMATS

__all__ = ["FORMATS"]
