"""Log-rank tests within strata, as R's ``survdiff`` with ``strata()``."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from trialog.projections.estimators.log_rank import log_rank_of


def two_arms() -> dict[str, list[str]]:
    with Path("tests/data/figures/two-arms.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    return {name: [row[name] for row in rows] for name in rows[0]}


@pytest.mark.parametrize(("stratified", "chi_square", "p"), [(False, 1.488071, 0.222516), (True, 1.217389, 0.269874)])
def test_two_arms_in_two_strata_are_compared_as_r_compares_them(stratified: bool, chi_square: float, p: float) -> None:
    """Reference: R 4.2, survival 3.5, ``survdiff(Surv(t, d) ~ arm)`` and ``~ arm + strata(stratum)``."""
    found = two_arms()
    names = sorted(set(found["arm"]))
    days, died = (np.array(found[name], np.int64) for name in ("t", "d"))
    group = np.array([names.index(each) for each in found["arm"]])
    _, strata = np.unique(found["stratum"], return_inverse=True)

    test = log_rank_of(days, died == 1, group, tuple(names), strata if stratified else None)

    assert (round(test.chi_square, 6), round(test.p or 0, 6), test.df) == (chi_square, p, 1)
