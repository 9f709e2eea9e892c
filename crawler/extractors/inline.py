"""Emphasis and links within a line, as the page's own element has them."""

from collections.abc import Callable, Iterator

from lxml import etree
from lxml.html import HtmlElement

_TAGS = {"em": "em", "i": "em", "strong": "strong", "b": "strong", "a": "a"}
"""The page's elements that are kept -> as what."""

Marks = tuple[HtmlElement, ...]
"""The elements around a piece of text, outermost first."""

Absolute = Callable[[str], str]
"""An address of the page -> absolute; empty where it is none of http or https."""


def fill(block: etree._Element, source: HtmlElement, text: str, absolute: Absolute) -> bool:
    """Write the text into the block with the emphasis and links of `source`, links with nothing but href.

    Where `source` has another text nothing is written, and the answer is False.
    """
    pieces = list(_collapsed(_pieces(source, ())))
    if not pieces or "".join(piece for piece, _ in pieces).rstrip() != text:
        return False
    pieces[-1] = pieces[-1][0].rstrip(), pieces[-1][1]
    opened: list[tuple[HtmlElement, etree._Element]] = []
    for piece, marks in pieces:
        same = 0
        while same < min(len(opened), len(marks)) and opened[same][0] is marks[same]:
            same += 1
        del opened[same:]
        for mark in marks[same:] if piece.strip() else ():
            outer = opened[-1][1] if opened else block
            opened.append((mark, _open(outer, mark, absolute)))
        _append(opened[-1][1] if opened else block, piece)
    return True


def _pieces(element: HtmlElement, marks: Marks) -> Iterator[tuple[str, Marks]]:
    yield element.text or "", marks
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child, (*marks, child) if child.tag in _TAGS else marks)
        yield child.tail or "", marks


def _collapsed(pieces: Iterator[tuple[str, Marks]]) -> Iterator[tuple[str, Marks]]:
    """The pieces with every run of white space as one space, none at the start."""
    ended = True
    for piece, marks in pieces:
        start = " " if piece[:1].isspace() and not ended else ""
        inner = " ".join(piece.split())
        end = " " if inner and piece[-1:].isspace() else ""
        if whole := start + inner + end:
            ended = whole.endswith(" ")
            yield whole, marks


def _open(outer: etree._Element, mark: HtmlElement, absolute: Absolute) -> etree._Element:
    """A new element in `outer`; `outer` itself where a mark is there already, or a link leads nowhere."""
    tag = _TAGS[mark.tag]
    address = absolute(mark.get("href") or "") if tag == "a" else ""
    if outer.tag == tag or (tag == "a" and not (address and address.isprintable())):
        return outer
    made = etree.SubElement(outer, tag)
    if address:
        made.set("href", address)
    return made


def _append(element: etree._Element, text: str) -> None:
    if len(element):
        element[-1].tail = (element[-1].tail or "") + text
    else:
        element.text = (element.text or "") + text
