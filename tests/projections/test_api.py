"""The estimators that `trialog.projections` offers."""

from __future__ import annotations

import doctest
import subprocess
import sys

import pytest

import trialog.projections as api


@pytest.mark.parametrize("name", api.__all__)
def test_every_offered_name_is_there_and_documented(name: str) -> None:
    offered = getattr(api, name)

    assert name in dir(api)
    assert (type(offered) if name.isupper() else offered).__doc__


def test_an_unknown_name_is_no_attribute() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'cox'"):
        _ = api.cox


def test_importing_the_package_loads_no_numbers() -> None:
    code = "import sys, trialog.projections; print([m for m in ('numpy', 'pydantic') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[]\n"


def test_the_example_of_the_package_runs() -> None:
    assert doctest.testmod(api).failed == 0
    assert doctest.testmod(api).attempted > 0
