"""Where an imported fact is written, as text that is read back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from trialog.events.provenance import MOST_SHOWN, Reference, references, source_text

AE = Reference("ae.csv", "9f86d081884c7d65", "AE", 5, "AESEQ", ("AESTDTC", "AEENDTC"))


def test_a_reference_names_file_hash_data_set_record_and_variables() -> None:
    assert str(AE) == "ae.csv sha256:9f86d081884c7d65 AE AESEQ=5 AESTDTC,AEENDTC"


def test_the_first_three_references_are_written_out_and_the_rest_is_counted() -> None:
    text = source_text([AE] * 5, 40)

    assert text.count("sha256:") == MOST_SHOWN
    assert text.endswith("; and 37 more")
    assert references(text) == (AE,) * 3


def test_a_source_in_other_words_names_no_record() -> None:
    assert references("EDC, form DTH, page 3") == ()
    assert references("sha256 of the file: 9f86d081884c7d65") == ()


NAMES = st.from_regex(r"[A-Z]{2}[A-Z0-9]{0,6}", fullmatch=True)
REFERENCES = st.builds(
    Reference,
    st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters=";"), min_size=1, max_size=40),
    st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    NAMES,
    st.integers(0, 10**9),
    NAMES,
    st.lists(NAMES, max_size=3).map(tuple),
)


@given(st.lists(REFERENCES, min_size=1, max_size=3))
def test_any_reference_reads_back(found: list[Reference]) -> None:
    assert references(source_text(found)) == tuple(found)
