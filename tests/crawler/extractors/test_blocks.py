from lxml import etree

from crawler.extractors.blocks import COLUMN, lines_of


def shown(body: str) -> list[tuple[str, int, str]]:
    return [(line.kind, line.block, line.text) for line in lines_of(etree.fromstring(f"<body>{body}</body>"))]


def test_every_kind_of_line() -> None:
    body = (
        '<head rend="h3">Kopf</head><p>Ein <hi>fetter</hi> Satz.</p>'
        '<list rend="ol"><item>eins</item><item>zwei<list><item>drei</item></list></item></list>'
        "<table><row><cell>a</cell><cell/><cell>b</cell></row></table>"
        "<quote><p>„Nein“, sagt sie.</p>Werba</quote>Rest"
    )
    assert shown(body) == [
        ("h3", 0, "Kopf"),
        ("p", 0, "Ein fetter Satz."),
        ("ordered", 1, "eins"),
        ("ordered", 1, "zwei"),
        ("item", 1, "drei"),
        ("row", 2, "a | | b"),
        ("quote", 0, "„Nein“, sagt sie."),
        ("quote", 0, "Werba"),
        ("p", 0, "Rest"),
    ]


def test_line_breaks_end_a_line() -> None:
    assert [text for _, _, text in shown("<p>eins<lb/>zwei <hi>drei<lb/></hi></p>")] == ["eins", "zwei drei"]


def test_a_column_of_the_page_is_no_row() -> None:
    long = "Wort " * (COLUMN // 4)
    body = f"<table><row><cell>Start</cell><cell><p>{long}</p><p>Ende.</p></cell></row></table>"
    assert [(kind, text[:9]) for kind, _, text in shown(body)] == [
        ("p", "Start"),
        ("p", "Wort Wort"),
        ("p", "Ende."),
    ]


def test_joiners_stay_in_words() -> None:
    assert shown("<p>می\u200cشود</p>") == [("p", 0, "می\u200cشود")]


def test_a_whole_page_in_one_paragraph_is_split_at_its_line_ends() -> None:
    assert shown("<p>eins\n\n zwei</p>") == [("p", 0, "eins"), ("p", 0, "zwei")]
