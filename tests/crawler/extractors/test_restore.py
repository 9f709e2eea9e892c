from lxml import html

from crawler.extractors.line_facts import Line
from crawler.extractors.restore import restored
from tests.crawler.extractors.pages import PARAGRAPHS

FIRST, SECOND, THIRD = PARAGRAPHS


def restore(kept: list[str], body: str) -> list[tuple[str, str]]:
    tree = html.fromstring(f"<html><body><main>{body}</main></body></html>")
    return [(line.kind, line.text) for line in restored([Line(text) for text in kept], tree)]


def test_subheadings_come_back_to_their_place() -> None:
    body = f"<p>{FIRST}</p><h3>Was nun?</h3><p>{SECOND}</p><h3><a href='/x'>Mehr</a></h3><p>{THIRD}</p>"
    assert restore(PARAGRAPHS, body) == [("p", FIRST), ("h3", "Was nun?"), ("p", SECOND), ("p", THIRD)]


def test_a_quote_comes_back_with_its_speaker() -> None:
    quote = (
        "<blockquote><p>Ich sehe den Hafen.</p>— Ned Halloran (@ned) <a href='/t'>12. März</a></blockquote>"
    )
    assert restore([FIRST, THIRD], f"<p>{FIRST}</p>{quote}<p>{SECOND}</p><p>{THIRD}</p>") == [
        ("p", FIRST),
        ("quote", "Ich sehe den Hafen."),
        ("quote", "— Ned Halloran (@ned) 12. März"),
        ("p", THIRD),
    ]


def test_paragraphs_links_and_navigation_do_not_come_back() -> None:
    link = f"<p>{THIRD}</p><blockquote><a href='/x'>{THIRD}</a></blockquote><nav><h3>Alles</h3></nav>"
    assert restore([FIRST, SECOND], f"<p>{FIRST}</p>{link}<p>{SECOND}</p>") == [("p", FIRST), ("p", SECOND)]


def test_items_are_known_again_as_a_list() -> None:
    body = f"<p>{FIRST}</p><ul><li>Mais aus dem Süden</li><li>Weizen</li></ul><p>{SECOND}</p>"
    assert [kind for kind, _ in restore([FIRST, "Mais aus dem Süden", "Weizen", SECOND], body)] == [
        "p",
        "item",
        "item",
        "p",
    ]
