import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.folding import fold, grams, sentences
from crawler.extractors.line_facts import Facts
from crawler.extractors.lines import clean
from crawler.extractors.tail import is_site_code
from crawler.extractors.words import by_language
from tests.crawler.extractors.pages import CAPTION, CREDIT, HEADLINE, PARAGRAPHS

TEXT = "\n".join(PARAGRAPHS)


def dropped(text: str, facts: Facts | None = None) -> dict[str, str]:
    return {line: step for step, line in clean(text, facts or Facts()).dropped}


def test_a_clean_text_stays_whole() -> None:
    assert clean(TEXT, Facts()).lines == PARAGRAPHS


def test_headline_byline_and_date_at_the_top() -> None:
    facts = Facts(titles={fold(HEADLINE)}, authors={"anna lindqvist"})
    top = [HEADLINE + "!", "Von Anna Lindqvist", "8 September 2022, 06:29"]
    assert dropped("\n".join([*top, TEXT]), facts) == dict(
        zip(top, ["headline", "byline", "byline"], strict=True)
    )


@pytest.mark.parametrize("language", sorted(by_language()))
def test_pleas_in_every_language(language: str) -> None:
    lists = by_language()[language]
    for line in [f"{lists['leads'][0]}: xyz", lists["comments"][0], lists["starts"][0]]:
        found = dropped("\n".join([PARAGRAPHS[0], line, *PARAGRAPHS[1:]]))
        assert found == {line: "plea"}, line


def test_paragraphs_that_start_like_a_plea_stay() -> None:
    long = "Watch the harbour for a day and you see why. Ships wait. Pilots wait too. Nobody hurries here."
    assert clean("\n".join([long, TEXT]), Facts()).lines[0] == long


@pytest.mark.parametrize("place", [1, 3])
def test_speech_is_never_a_plea_or_a_tail(place: int) -> None:
    quote = (
        '"It is a no with a price list," said Ann Lee, who edits a newsletter. "They can still be discreet."'
    )
    lines = [*PARAGRAPHS[:place], quote, *PARAGRAPHS[place:]]
    assert clean("\n".join(lines), Facts()).lines == lines


def test_links_alone_on_their_lines() -> None:
    links = ["Was das Getreide nach der Ernte kostet", "Wie Lotsen durch die Minenfelder fahren"]
    facts = Facts(anchors={fold(link) for link in links})
    assert dropped("\n".join([PARAGRAPHS[0], *links, *PARAGRAPHS[1:]]), facts) == dict.fromkeys(
        links, "teaser"
    )
    assert (
        dropped("\n".join([PARAGRAPHS[0], links[0], *PARAGRAPHS[1:], PARAGRAPHS[0][:60] + "."]), facts) == {}
    )


def test_captions_become_their_own() -> None:
    found = clean("\n".join([PARAGRAPHS[0], f"{CAPTION} © {CREDIT}", *PARAGRAPHS[1:]]), Facts())
    assert found.lines == PARAGRAPHS
    assert found.dropped_by("credit") == [f"{CAPTION} © {CREDIT}"]


def test_time_stamps_are_cut() -> None:
    found = clean(f"1662611347\n1662611347 {TEXT}", Facts())
    assert found.lines == PARAGRAPHS


def test_repeated_lines_stand_once() -> None:
    assert clean(f"{TEXT}\n{PARAGRAPHS[1]}", Facts()).lines == PARAGRAPHS


def test_the_tail() -> None:
    tail = ["qrx-de-07", "Foto-Quelle der Redaktion", "mit dpa", "redaktion@tagblatt.example", "Schlagworte"]
    assert clean("\n".join([TEXT, *tail]), Facts()).lines == PARAGRAPHS


@pytest.mark.parametrize(
    ("text", "code"),
    [("ttn-de-58", True), ("abc_12", True), ("G7", False), ("Covid-19 kehrt", False), ("a-b", False)],
)
def test_site_codes_by_shape(text: str, *, code: bool) -> None:
    assert is_site_code(text) is code


@given(
    st.lists(
        st.sampled_from(
            [*PARAGRAPHS, "ttn-de-58", "Teilen", "", "© AP", "Read more", "日本語の文です。", HEADLINE]
        ),
        max_size=12,
    )
)
def test_lines_are_kept_or_dropped_never_changed(lines: list[str]) -> None:
    found = clean("\n".join(lines), Facts(titles={fold(HEADLINE)}))
    assert sorted([*found.lines, *(line for _, line in found.dropped)]) == sorted(
        line for line in lines if line
    )
    assert bool(found.lines) == any(lines)


@given(st.text(max_size=300))
def test_any_text_can_be_cleaned(text: str) -> None:
    clean(text, Facts(titles={"a b c"}, anchors={"x y z"}, article_body="a " * 300))


@given(st.text(max_size=80))
def test_folding_is_stable(text: str) -> None:
    folded = fold(text)
    assert fold(folded) == folded
    assert len(grams(folded)) >= 1
    assert sentences(text) >= 1


def test_menus_go_whether_in_one_line_or_in_many() -> None:
    facts = Facts(anchors={"welt", "sport", "kultur", "neues vom hafen"})
    for menu in (["Welt | Sport | Kultur"], ["Welt", "Sport", "Kultur"], ["Welt · Sport · Neues vom Hafen"]):
        assert dropped("\n".join([*menu, TEXT]), facts) == dict.fromkeys(menu, "menu")
    assert dropped("\n".join(["Welt", "Sport", TEXT]), facts) == {}, "two links may be two headings"
