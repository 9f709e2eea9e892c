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
