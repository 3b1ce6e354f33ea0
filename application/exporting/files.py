"""Files that commands write themselves."""

from __future__ import annotations

from trialog.exchange.writing import write_whole

__all__ = ["write_whole"]
