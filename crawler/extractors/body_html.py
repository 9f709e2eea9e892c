"""The article's lines as clean HTML: the same text with its subheadings, lists, quotes and tables.

It is built from plain text, element by element, so nothing of the page's own markup can get into it: no
attribute, no script, no entity that was not escaped.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from lxml import etree, html

from crawler.extractors.line_facts import Line

_forbidden = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_LISTS = {"item": "ul", "ordered": "ol"}


def body_html(lines: Iterable[Line]) -> str:
    """Blocks one a line; "" for no lines."""
    return "\n".join(
        html.tostring(_element(list(group)), encoding="unicode") for _, group in groupby(lines, _Neighbours())
    )


class _Neighbours:
    """Key of `groupby`: rows of a table and items of a list belong together, other lines stand alone."""

    def __init__(self) -> None:
        self.count = 0
        self.last: tuple[str, int] = ("", 0)

    def __call__(self, line: Line) -> int:
        key = (line.kind, line.block)
        if not (line.block and line.kind in ("row", *_LISTS) and key == self.last):
            self.count += 1
        self.last = key
        return self.count


def _element(group: list[Line]) -> etree._Element:
    first = group[0]
    block: etree._Element
    if first.kind in _LISTS:
        block = html.Element(_LISTS[first.kind])
        for line in group:
            _add(block, "li", line.text)
    elif first.kind == "row":
        block = html.Element("table")
        for line in group:
            row = etree.SubElement(block, "tr")
            for cell in line.cells or (line.text,):
                _add(row, "td", cell)
    elif first.kind == "quote":
        block = html.Element("blockquote")
        _add(block, "p", first.text)
    else:
        block = html.Element(first.kind)
        block.text = _allowed(first.text)
    return block


def _add(parent: etree._Element, tag: str, text: str) -> None:
    etree.SubElement(parent, tag).text = _allowed(text)


def _allowed(text: str) -> str:
    """The text with a space for every character that XML does not allow."""
    return _forbidden.sub(" ", text)
