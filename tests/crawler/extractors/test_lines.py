import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.extractors.folding import fold, grams, sentences
from crawler.extractors.line_facts import Facts, Line
from crawler.extractors.lines import STEPS, clean
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
    two = ["Oben im Hafen", "Unten am Kai"]
    lines = [PARAGRAPHS[0], *two, *PARAGRAPHS[1:]]
    assert dropped("\n".join(lines), Facts(anchors={fold(line) for line in two[:1]})) == {}


@pytest.mark.parametrize(
    "top",
    [
        ["Ausland"],
        ["Meinung", "• Aktualisiert am 8. September 2022, 12:50 Uhr"],
        ["中華民國115年3月8日 星期日"],
        ["Обновлено 8 сентября 2022"],
    ],
)
def test_section_and_date_above_the_text(top: list[str]) -> None:
    assert dropped("\n".join([*top, TEXT])) == dict.fromkeys(top, "top")


def test_three_short_lines_above_the_text_are_its_summary() -> None:
    points = ["Zwei Häfen wieder offen", "Mais für den Süden", "Versicherer zögern"]
    assert dropped("\n".join([*points, TEXT])) == {}


def test_a_subheading_above_the_second_line_stays() -> None:
    lines = [Line("Faktencheck"), Line("Die Behauptung", "h3"), *map(Line, PARAGRAPHS)]
    assert clean(lines, Facts()).lines == ["Die Behauptung", *PARAGRAPHS]


def test_authors_and_date_run_together_are_no_text() -> None:
    line = "Olena Werba (heute) und Jonas Verhoeven (gestern)Do 8. Sep 2022 21.31 MESZ"
    found = clean("\n".join([line, TEXT]), Facts(authors={"olena werba"}))
    assert found.dropped == [("byline", line)]


def test_a_sentence_shown_again_in_large_type_goes() -> None:
    pulled = PARAGRAPHS[2].split(". ")[0] + "."
    assert dropped("\n".join([PARAGRAPHS[0], pulled, *PARAGRAPHS[1:]])) == {pulled: "repeat"}


def test_initials_and_credit_behind_the_last_sentence_are_cut() -> None:
    lines = [f"{PARAGRAPHS[0]}/hb/stw", "漁師たちは歓迎している。(c)AFP/Rin OKABE", PARAGRAPHS[1]]
    assert clean("\n".join(lines), Facts()).lines == [
        PARAGRAPHS[0],
        "漁師たちは歓迎している。",
        PARAGRAPHS[1],
    ]


def test_footnotes_of_a_print_view() -> None:
    lines = [
        PARAGRAPHS[0].replace("Häfen", "Häfen[1]", 1),
        PARAGRAPHS[1],
        "[1] https://tagblatt.example/haefen",
    ]
    assert clean("\n".join(lines), Facts()).lines == PARAGRAPHS[:2]


def test_a_correction_at_the_end_stays() -> None:
    note = "Correction, 9 September 2022: An earlier version gave the wrong tonnage. It is 26,000 tonnes."
    assert dropped("\n".join([TEXT, note])) == {}


def test_a_heading_with_nothing_under_it_goes() -> None:
    found = clean([*map(Line, PARAGRAPHS), Line("Haben Sie etwas gesehen?", "h4")], Facts())
    assert found.lines == PARAGRAPHS


def test_a_link_with_its_date_is_a_teaser() -> None:
    line = "Ледокол спущен на воду под Самарой28 августа, 09:12"
    facts = Facts(anchors={fold("Ледокол спущен на воду под Самарой")})
    assert dropped("\n".join([TEXT, line]), facts) == {line: "teaser"}


def test_lists_and_tables_keep_their_form() -> None:
    lines = [
        Line(PARAGRAPHS[0]),
        Line("Mais", "item", 1),
        Line("Weizen", "item", 1),
        Line.row(["Odessa", "", "12"], 2),
        Line.row(["Mykolajiw", "3", "4"], 2),
        Line(PARAGRAPHS[1]),
    ]
    text = clean(lines, Facts()).text
    assert (
        text == f"{PARAGRAPHS[0]}\n\n- Mais\n- Weizen\n\nOdessa | | 12\nMykolajiw | 3 | 4\n\n{PARAGRAPHS[1]}"
    )


def test_a_step_that_fails_costs_nothing_but_itself(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(lines: object, facts: object) -> list[int]:
        raise ValueError("a bug")

    monkeypatch.setitem(STEPS, "plea", broken)
    found = clean("\n".join([TEXT, f"{CAPTION} © {CREDIT}"]), Facts())
    assert found.lines == PARAGRAPHS
    assert "the step 'plea' of the line filter failed" in caplog.text
