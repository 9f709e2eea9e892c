from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree
from lxml.html import HtmlElement
from trafilatura import load_html

from crawler.extractors.parsing import parse

PIECES = st.sampled_from([
    "<html>", "<html/>", "<!DOCTYPE html>", "<?xml version='1.0' encoding='latin-1'?>", "<head>", "<body>",
    "<meta charset=latin-1>", "</body>", "<p>", "</p>", "<div class=a>", "<form><input name=b>", "&amp;",
    "<!-- c -->", "<a href='d'>", "<br/>", "<script>", "</script>", "ä", "東", "\x00", "\n", " ", "<",
])  # fmt: skip


def xml(tree: HtmlElement | None) -> bytes | None:
    return None if tree is None else etree.tostring(tree)


@given(
    st.lists(PIECES | st.text(st.characters(exclude_categories=["Cs"]), max_size=5), max_size=12).map("".join)
)
@example("<!doctype html><html><body><form><input name=a><p>b</p></form></body></html>")
def test_the_tree_is_trafilatura_s(text: str) -> None:
    assert xml(parse(text)) == (xml(load_html(text)) if "<" in text else None)


def test_half_a_surrogate_pair_is_replaced() -> None:
    tree = parse("<html><body><p>a \ud83d b</p><p>c</p></body></html>")
    assert tree is not None
    assert [p.text for p in tree.iter("p")] == ["a ? b", "c"]
