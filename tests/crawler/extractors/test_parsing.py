import pytest
from hypothesis import assume, example, given
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
    assume("&#" not in text)
    assert xml(parse(text)) == (xml(load_html(text)) if "<" in text else None)


@pytest.mark.parametrize("reference", ["&#27;", "&#027;", "&#1", "&#x1B;", "&#xb;", "&#0;"])
def test_references_to_control_characters_are_blanks(reference: str) -> None:
    tree = parse(f"<html><body><p>a{reference}[31m</p><p>&#123;&#x41;&#9;&#10;&#13;</p></body></html>")
    assert tree is not None
    assert [p.text for p in tree.iter("p")] == ["a [31m", "{A\t\n\r"]


def test_half_a_surrogate_pair_is_replaced() -> None:
    tree = parse("<html><body><p>a \ud83d b</p><p>c</p></body></html>")
    assert tree is not None
    assert [p.text for p in tree.iter("p")] == ["a ? b", "c"]
