import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.captions import is_credited, split_credit

CREDITED = [
    (
        "Ein Frachter verlässt den Hafen © Jonas Verhoeven/AP",
        "Ein Frachter verlässt den Hafen",
        "Jonas Verhoeven/AP",
    ),
    ("Ein Frachter im Hafen (Foto: Max Muster/dpa)", "Ein Frachter im Hafen", "Max Muster/dpa"),
    ("A ship leaves. (Jon Doe/Reuters)", "A ship leaves.", "Jon Doe/Reuters"),
    ("A ship leaves (AP Photo/Jon Doe)", "A ship leaves", "AP Photo/Jon Doe"),
    ("A ship leaves Jon Doe/AFP via Getty Images", "A ship leaves", "Jon Doe/AFP via Getty Images"),
    ("Photograph: Ann Lee/The Herald", "", "Ann Lee/The Herald"),
    ("Судно выходит из порта Фото: Иван Иванов / ТАСС", "Судно выходит из порта", "Иван Иванов / ТАСС"),
    ("港を出る貨物船。(c)AFP/Ed JONES", "港を出る貨物船。", "AFP/Ed JONES"),
    ("사진=연합뉴스", "", "연합뉴스"),
]
PLAIN = [
    "Der Mann kam ins Krankenhaus. (dpa)",
    "Das berichtete die dpa.",
    "He told AP/Reuters that it was wrong.",
    "In the photo: a man and his boat, both old.",
    "The plan (better and/or cheaper) failed.",
    "Rated by readers and critics (4.3/5)",
]


@pytest.mark.parametrize(("line", "caption", "credit"), CREDITED)
def test_credits_are_told_from_captions(line: str, caption: str, credit: str) -> None:
    assert split_credit(line) == (caption, credit)
    assert is_credited(line)


@pytest.mark.parametrize("line", PLAIN)
def test_paragraphs_have_none(line: str) -> None:
    assert split_credit(line) == (line, "")
    assert not is_credited(line)


def test_a_long_paragraph_that_ends_in_a_credit_is_not_a_caption() -> None:
    assert not is_credited(
        "首相は会議で新しい方針を示した。記者団にも説明した。来月には結果が出る。" * 9 + "(c)AFP/Ed JONES"
    )


@given(st.text(max_size=200))
def test_any_line_can_be_split(line: str) -> None:
    caption, credit = split_credit(line)
    assert all(part in " ".join(line.split()) for part in (caption, credit))
