import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.folding import fold


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("“Späte FÄHRE” – im\tHafen!", "späte fähre im hafen"),
        ("Late_ferry, 12.30 (again)", "late_ferry 12 30 again"),
        ("渡輪 late", "渡 輪 late"),
        ("...", ""),
    ],
)
def test_what_is_left_of_a_line(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_letters_fold_as_all_others_do(text: str) -> None:
    """The way for ASCII gives what the way for every script gives."""
    assert fold(text) == " ".join(re.findall(r"\w+", text.casefold())) == fold(text + "\u00b7")
