"""What two texts of an article are said to differ in."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import Article
from archive.changes import CHANGES_MAX, LENGTH_MAX, changed_sentences, changes_between, same_text
from tests.archive.samples import article, days

TEXT = """Mindestens 20 Menschen starben am Montag in der Stadt. Das teilte die Polizei mit.

„Wir haben so etwas noch nie gesehen“, sagte der Sprecher. Die Suche geht weiter."""


def told(before: str, after: str, **values: Any) -> list[tuple[str, str, str]]:
    changes = changes_between(article(body=before), article(body=after, **values))
    return [(change.kind, change.before, change.after) for change in changes]


def test_each_kind_by_itself() -> None:
    assert told(TEXT, TEXT) == []
    assert told(TEXT, TEXT, headline="New") == [("headline", "About a", "New")]
    assert told(TEXT, TEXT, authors=["Mara Feldkamp"]) == [("byline", "", "Mara Feldkamp")]
    assert told(TEXT, TEXT.replace("20", "24")) == [("number", "20", "24")]
    assert told(TEXT, TEXT.replace("Die Suche geht weiter.", "Die Suche endet heute.")) == [
        ("text", "Die Suche geht weiter.", "Die Suche endet heute.")
    ]
    assert told(TEXT, TEXT + "\n\n„Es reicht. Wir gehen“, rief eine Frau.") == [
        ("quote_added", "", "Es reicht. Wir gehen")
    ]
    without = TEXT.replace("„Wir haben so etwas noch nie gesehen“, sagte der Sprecher. ", "")
    assert told(TEXT, without) == [("quote_removed", "Wir haben so etwas noch nie gesehen", "")]
    assert told(TEXT, TEXT, date_unpublished=days(1)) == [("unpublished", "", "")]


def test_several_at_once_in_the_order_of_the_kinds() -> None:
    after = (
        TEXT.replace("Mindestens 20", "Etwa 24").replace("so etwas", "das") + "\n\nKorrektur: Es waren 24."
    )
    kinds = [kind for kind, _, _ in told(TEXT, after, headline="New", authors=["A"])]
    assert kinds == ["headline", "number", "quote_added", "quote_removed", "byline", "correction", "text"]


def test_the_sentence_of_a_number_and_of_the_standfirst() -> None:
    before = article(body=TEXT, description="20 Tote in der Stadt.")
    after = article(body=TEXT.replace("20", "24"), description="24 Tote in der Stadt.")
    assert [(one.kind, one.where) for one in changes_between(before, after)] == [
        ("number", "24 Tote in der Stadt."),
        ("number", "Mindestens 24 Menschen starben am Montag in der Stadt."),
    ]


@pytest.mark.parametrize(
    ("before", "after", "was", "now"),
    [
        ("At least 1,200 people fled.", "At least 1,300 people fled.", "1,200", "1,300"),
        ("Es waren 2,5 Prozent im Mai.", "Es waren 2,8 Prozent im Mai.", "2,5", "2,8"),
        ("昨日20人が死亡した。捜索は続く。", "昨日24人が死亡した。捜索は続く。", "20", "24"),
        ("周一有三人死亡。搜索仍在继续。", "周一有五人死亡。搜索仍在继续。", "三", "五"),
        ("قتل ٢٠ شخصا يوم الاثنين.", "قتل ٢٤ شخصا يوم الاثنين.", "٢٠", "٢٤"),
        ("सोमवार को २० लोग मारे गए।", "सोमवार को २४ लोग मारे गए।", "२०", "२४"),
    ],
)
def test_numbers_in_any_script(before: str, after: str, was: str, now: str) -> None:
    assert told(before, after) == [("number", was, now)]


def test_another_way_to_write_a_number_is_no_other_number() -> None:
    assert {kind for kind, _, _ in told("It cost 1,200 euros now.", "It cost 1 200 euros now.")} == {"text"}


@pytest.mark.parametrize(
    "quote",
    [
        "“We are ready now”",
        '"We are ready now"',
        "„Wir sind so weit“",
        "»Wir sind so weit«",
        "« Nous sommes prêts »",
        "”Vi är redo nu”",
        "‘We don’t know yet’",
        "「準備はできている」",
        "『準備はできている』",
        "“我们准备好了”",
    ],
)
def test_quotation_marks_of_many_languages(quote: str) -> None:
    said = f"{quote}, Kim."
    assert told("Text. Mehr.", f"Text. {said} Mehr.") == [("quote_added", "", quote[1:-1].strip())]
    assert told(f"Text. {said} Mehr.", "Text. Mehr.") == [("quote_removed", quote[1:-1].strip(), "")]


def test_a_word_in_quotation_marks_is_no_quote() -> None:
    assert told("Sie kam.", "Sie kam. Die „Rettung“ blieb aus.")[0][0] == "text"


@pytest.mark.parametrize(
    "notice",
    [
        "Correction: It was 18.",
        "CORRECTION (Sept. 8, 2022): It was 18.",
        "[Korrektur] Es waren 18.",
        "Anmerkung: In einer früheren Version stand, es seien 18 gewesen.",
        "Rectificatif : il y avait 18 morts.",
        "Fe de errores: eran 18.",
        "Уточнение: их было 18.",
        "【訂正】18人でした。",
        "更正：死亡人数为18人。",
        "تصحيح: كانوا 18.",
        "Düzeltme: 18 kişiydi.",
        "Sprostowanie: było ich 18.",
    ],
)
def test_correction_notices_of_many_languages(notice: str) -> None:
    assert told(TEXT, f"{TEXT}\n\n{notice}") == [("correction", "", notice)]
    assert told(f"{notice}\n\n{TEXT}", f"{TEXT}\n\n{notice}")[0][0] == "text"  # it was there before


def test_what_is_no_notice() -> None:
    assert told(TEXT, TEXT + "\n\nCorrections officers found it: nothing.")[0][0] == "text"


@pytest.mark.parametrize(
    "after",
    [TEXT.replace(" ", "  "), TEXT.replace("\n\n", "\n"), TEXT.replace("„", "“").replace("“", '"')],
)
def test_spacing_and_the_form_of_quotation_marks_do_not_count(after: str) -> None:
    assert told(TEXT, after) == []
    assert same_text(article(body=TEXT), article(body=after))


def test_long_and_many_changes_are_cut() -> None:
    before = " ".join(f"There were {number} of them in place {number}." for number in range(100, 300))
    after = " ".join(f"There were {number} of them in place {number}." for number in range(400, 600))
    numbers = changes_between(article(body=before), article(body=after))
    assert len([one for one in numbers if one.kind == "number"]) == CHANGES_MAX
    (text,) = changes_between(article(body="a"), article(body="word " * 500))
    assert len(text.after) <= LENGTH_MAX


def test_changed_sentences() -> None:
    after = TEXT.replace("20", "24").replace(" Die Suche geht weiter.", "") + "\n\nNeu."
    assert changed_sentences(TEXT, after) == [
        (
            "Mindestens 20 Menschen starben am Montag in der Stadt.",
            "Mindestens 24 Menschen starben am Montag in der Stadt.",
        ),
        ("", "Neu."),
        ("Die Suche geht weiter.", ""),
    ]


parts = st.lists(
    st.sampled_from(["„a b“", '"', "12", "1.000", "三", "x", ".", "。", "\n\n", " ", "Korrektur:", "’", "»"])
).map("".join)
texts = st.builds(
    article,
    body=parts | st.text(max_size=40),
    description=parts,
    headline=st.text(max_size=3),
    authors=st.lists(st.sampled_from("ab")),
    date_unpublished=st.none() | st.just(days(1)),
)


@given(texts, texts)
def test_there_is_a_change_if_and_only_if_the_text_is_another(one: Article, other: Article) -> None:
    assert bool(changes_between(one, other)) is not same_text(one, other)
    assert changes_between(one, one) == []
