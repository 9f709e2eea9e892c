import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.base import HIGHLIGHT_END, HIGHLIGHT_START
from archive.highlight import LENGTH, PASSAGES, passages
from archive.query import parse_query
from tests.archive.samples import article

LONG = " ".join(f"Sentence {n} tells us something that is hardly worth the ink." for n in range(40))


def shown(words: str, body: str, language: str = "en", **values: str) -> list[str]:
    found = passages(article("x", body, in_language=language, **values), parse_query(words))
    return [passage.replace(HIGHLIGHT_START, "<").replace(HIGHLIGHT_END, ">") for passage in found]


@pytest.mark.parametrize(
    ("words", "body", "language", "passage"),
    [
        ("missile", "Two missiles flew.", "en", "Two <missiles> flew."),
        ("pjongjang", "In Pjöngjang.", "de", "In <Pjöngjang>."),
        ("homme", "Voici l'homme.", "fr", "Voici l'<homme>."),
        ("mis*", "Two missiles missed.", "en", "Two <missiles> <missed>."),
        ('"two missiles"', "Two missiles and two more.", "en", "<Two missiles> and two more."),
        ('"two more"~3', "Two more missiles.", "en", "<Two> <more> missiles."),
        ("ミサイル", "弾道ミサイルとサイ。", "ja", "弾道<ミサイル>とサイ。"),
        ("核", "核実験と反核。", "ja", "<核>実験と反<核>。"),
        ("two OR flew", "Two missiles flew.", "en", "<Two> missiles <flew>."),
        ("two NOT three", "Two three.", "en", "<Two> three."),
        ("text:two", "Two.", "en", "<Two>."),
        ("טיל", "צפון קוריאה שיגרה טיל", "he", "צפון קוריאה שיגרה <טיל>"),
        ("🚀", "Up 🚀.", "en", "Up <🚀>."),
        ("a", "one\x02 a \x03", "en", "one  <a>"),
    ],
)
def test_marks(words: str, body: str, language: str, passage: str) -> None:
    assert shown(words, body, language) == [passage]


def test_nothing_to_mark() -> None:
    assert shown("*", "Text.") == []
    assert shown("headline:text", "Text.") == []
    assert shown("-other", "Text.") == []
    assert shown("date:2022", "Text.") == []


def test_description_where_the_text_holds_no_word() -> None:
    assert shown("moscow", "Text.", description="In Moscow.") == ["In <Moscow>."]


def test_passages_are_short_and_show_most_words() -> None:
    body = f"A gnu. {LONG} A zebra and a gnu. {LONG} A gnu. {LONG} A gnu."
    found = shown("gnu zebra", body)
    assert len(found) == PASSAGES
    assert any("<zebra> and a <gnu>" in passage for passage in found)
    assert all(len(passage) <= LENGTH + 60 for passage in found)
    assert found[0].startswith("A <gnu>.")
    assert found[0].endswith(" …")


def test_begins_with_the_sentence_or_with_a_word() -> None:
    assert shown("gnu", f"{LONG} Then a gnu came.")[0] == "Then a <gnu> came."
    (passage,) = shown("gnu", f"{'word ' * 60}gnu")
    assert passage.startswith("… word ")


def test_stays_within_a_paragraph() -> None:
    assert shown("gnu", "First.\n\nThe gnu.\n\nLast.") == ["The <gnu>."]


@given(
    st.text(max_size=300),
    st.sampled_from(["a", "kim", "核", "b*", '"a b"']),
    st.sampled_from(["en", "ja", "uk"]),
)
def test_passages_are_parts_of_the_text(body: str, words: str, language: str) -> None:
    clean = body.replace(HIGHLIGHT_START, " ").replace(HIGHLIGHT_END, " ")
    for passage in passages(article("x", body, in_language=language), parse_query(words)):
        bare = passage.replace(HIGHLIGHT_START, "").replace(HIGHLIGHT_END, "")
        assert bare.removeprefix("… ").removesuffix(" …") in clean
        assert passage.count(HIGHLIGHT_START) == passage.count(HIGHLIGHT_END) > 0
