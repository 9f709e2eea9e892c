"""The article's lines as clean HTML: the same text with its subheadings, lists, quotes and tables.

It is built anew, element by element, so nothing of the page's own markup can get into it: no script, no
entity that was not escaped, no attribute but the address of a link.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from lxml import etree, html

from crawler.extractors.inline import Absolute, fill
from crawler.extractors.line_facts import Line

_forbidden = re.compile(r"[\x00-\x1f\ud800-\udfff\ufffe\uffff]")
_LISTS = {"item": "ul", "ordered": "ol"}


def _no_links(_: str) -> str:
    return ""


def body_html(lines: Iterable[Line], absolute: Absolute = _no_links) -> str:
    """Blocks one a line; "" for no lines. Links are kept as far as `absolute` gives them an address."""
    return "\n".join(
        html.tostring(_element(list(group), absolute), encoding="unicode")
        for _, group in groupby(lines, _Neighbours())
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


def _element(group: list[Line], absolute: Absolute) -> etree._Element:
    first = group[0]
    block: etree._Element
    if first.kind in _LISTS:
        block = html.Element(_LISTS[first.kind])
        for line in group:
            _write(etree.SubElement(block, "li"), line, absolute)
    elif first.kind == "row":
        block = html.Element("table")
        for line in group:
            row = etree.SubElement(block, "tr")
            for cell in line.cells or (line.text,):
                etree.SubElement(row, "td").text = _allowed(cell)
    elif first.kind == "quote":
        block = html.Element("blockquote")
        _write(etree.SubElement(block, "p"), first, absolute)
    else:
        block = html.Element(first.kind)
        _write(block, first, absolute)
    return block


def _write(element: etree._Element, line: Line, absolute: Absolute) -> None:
    """The line's text, with the marks of the page's element where that has the same text."""
    if (
        line.source is None
        or _forbidden.search(line.text)
        or not fill(element, line.source, line.text, absolute)
    ):
        element.text = _allowed(line.text)


def _allowed(text: str) -> str:
    """The text with a space for every character that XML does not allow."""
    return _forbidden.sub(" ", text)
