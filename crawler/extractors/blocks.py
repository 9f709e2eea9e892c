"""trafilatura's result as lines that know what they are: paragraph, subheading, item, row or quote."""

from collections.abc import Iterator

from lxml import etree

from crawler.extractors.folding import collapse
from crawler.extractors.line_facts import Kind, Line

_KINDS: dict[str, Kind] = {"p": "p", "head": "h2", "item": "item", "quote": "quote", "ab": "h2"}
_HEADINGS: dict[str, Kind] = {"h1": "h2", "h2": "h2", "h3": "h3"}
_BREAKS = frozenset({"lb", "graphic", "list", "table", "row", "cell", "div", "code", "body", "main", *_KINDS})
"""trafilatura's elements that end a line; the others (hi, ref, del) stand within one."""

COLUMN = 300
"""Characters of a cell that make its table a part of the page's layout and not one of data."""


def lines_of(body: etree._Element) -> list[Line]:
    """The lines of trafilatura's body in their order.

    Its last resort is the whole page's text in one paragraph with line ends.
    """
    if len(body) == 1 and len(body[0]) == 0 and "\n" in (body[0].text or ""):
        return [Line(line) for raw in (body[0].text or "").split("\n") if (line := collapse(raw))]
    return [line for line in _Reader().read(body, "p", 0) if line.text]


class _Reader:
    """Walks the tree once; blocks (lists, tables) are numbered from 1."""

    def __init__(self) -> None:
        self.blocks = 0

    def read(self, element: etree._Element, kind: Kind, block: int) -> Iterator[Line]:
        """The lines of an element that is no row."""
        text = [element.text or ""]
        for child in element:
            if child.tag not in _BREAKS:
                text.append(_flat(child, " " if child.find(".//lb") is not None else ""))
                text.append(child.tail or "")
                continue
            yield Line(collapse("".join(text)), kind, block)
            yield from self._block(child, kind, block)
            text = [child.tail or ""]
        yield Line(collapse("".join(text)), kind, block)

    def _block(self, element: etree._Element, kind: Kind, block: int) -> Iterator[Line]:
        tag = str(element.tag)
        if tag in ("list", "table"):
            if not block:
                self.blocks += 1
            yield from self.read(element, kind, block or self.blocks)
        elif tag == "row":
            yield from self._row(element, block)
        elif tag == "head":
            yield from self.read(element, _HEADINGS.get(element.get("rend") or "", "h4"), 0)
        elif tag == "item":
            yield from self.read(element, "ordered" if _is_ordered(element) else "item", block)
        elif tag in ("p", "div", "cell", "lb", "code") and kind != "p":
            yield from self.read(element, kind, block)
        else:
            yield from self.read(element, _KINDS.get(tag, "p"), 0 if tag in ("p", "quote") else block)

    def _row(self, row: etree._Element, block: int) -> Iterator[Line]:
        cells = [collapse(_flat(cell, " ")) for cell in row]
        if any(len(cell) > COLUMN for cell in cells):
            for cell in row:
                yield from self.read(cell, "p", 0)
        elif sum(map(bool, cells)) == 1:
            yield Line("".join(cells), "p", block)
        elif any(cells):
            yield Line.row(cells, block)


def _flat(element: etree._Element, between: str) -> str:
    return between.join(map(str, element.itertext()))


def _is_ordered(item: etree._Element) -> bool:
    parent = item.getparent()
    return parent is not None and parent.get("rend") == "ol"
