from urllib.parse import urljoin

from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extractors.body_html import body_html
from crawler.extractors.folding import fold
from crawler.extractors.line_facts import Line

KINDS = st.sampled_from(["p", "h2", "h3", "h4", "item", "ordered", "quote"])


def test_the_form_of_every_kind() -> None:
    lines = [
        Line("Kopf & Fuß", "h2"),
        Line("eins", "item", 1),
        Line("zwei", "item", 1),
        Line("drei", "item", 2),
        Line.row(["a", "<b>"], 3),
        Line("sagt sie", "quote"),
        Line("Ende."),
        Line("Noch eins."),
    ]
    assert body_html(lines).split("\n") == [
        "<h2>Kopf &amp; Fuß</h2>",
        "<ul><li>eins</li><li>zwei</li></ul>",
        "<ul><li>drei</li></ul>",
        "<table><tr><td>a</td><td>&lt;b&gt;</td></tr></table>",
        "<blockquote><p>sagt sie</p></blockquote>",
        "<p>Ende.</p>",
        "<p>Noch eins.</p>",
    ]
    assert body_html([]) == ""


@given(st.lists(st.builds(Line, st.text(min_size=1), KINDS, st.integers(0, 2)), max_size=6))
def test_any_text_is_safe_and_the_same(lines: list[Line]) -> None:
    made = body_html(lines)
    tree = html.fragment_fromstring(made, create_parent=True)
    assert {element.tag for element in tree.iter()} <= {
        "div",
        "p",
        "h2",
        "h3",
        "h4",
        "ul",
        "ol",
        "li",
        "blockquote",
    }
    assert not any(element.attrib for element in tree.iter())
    assert fold(" ".join(tree.itertext())) == fold(" ".join(line.text for line in lines))


def marked(inner: str, text: str) -> str:
    line = Line(text)
    line.source = html.fragment_fromstring(f"<p>{inner}</p>")
    return body_html([line], lambda address: urljoin("https://a.example/x/", address))


def test_emphasis_and_links_are_kept() -> None:
    inner = ' Er: <i>nie\n <b>wieder</b></i> <a href="../y" onclick="z()">hier</a> <span>am</span><br> Meer. '
    assert marked(inner, "Er: nie wieder hier am Meer.") == (
        '<p>Er: <em>nie <strong>wieder</strong></em> <a href="https://a.example/y">hier</a> am Meer.</p>'
    )


def test_links_that_lead_nowhere_and_empty_emphasis_are_plain_text() -> None:
    line = Line("a b c")
    line.source = html.fragment_fromstring("<p>a <a href='javascript:x()'>b</a><b> </b><em><i>c</i></em></p>")
    assert body_html([line]) == "<p>a b <em>c</em></p>"


def test_another_text_is_not_marked() -> None:
    assert marked("Sie sagte: <b>nie</b> (Anzeige)", "Sie sagte: nie") == "<p>Sie sagte: nie</p>"


@given(st.text(max_size=80), st.text(max_size=30))
def test_no_markup_of_the_page_gets_through(inner: str, address: str) -> None:
    source = html.fragment_fromstring(f"<p>{inner}</p>", create_parent=True)
    for link in source.iter("a"):
        link.set("href", "x")
    text = " ".join(str(source.text_content()).split())
    line = Line(text)
    line.source = source
    tree = html.fragment_fromstring(body_html([line], lambda _: address), create_parent=True)
    assert fold(tree.text_content()) == fold(text)
    assert {element.tag for element in tree.iter()} <= {"div", "p", "em", "strong", "a"}
    assert all(set(element.attrib) <= {"href"} for element in tree.iter())
