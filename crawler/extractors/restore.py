"""What trafilatura left out between the paragraphs that it took: subheadings and quotes.

Also what it forgot about lines it took: that they are items of a list, and their emphasis and links.
"""

from collections.abc import Iterator

from lxml.html import HtmlElement

from crawler.extractors.folding import collapse
from crawler.extractors.line_facts import Kind, Line

HEADING = 160
"""Characters of a subheading."""

LINKED = 0.4
"""Share of a quote that may be links: a larger one points elsewhere."""

_KINDS: dict[str, Kind] = {"h2": "h2", "h3": "h3", "h4": "h4", "p": "p", "li": "item", "blockquote": "quote"}
_ELSEWHERE = ("nav", "aside", "footer", "figure", "form", "table", "a", "blockquote")

Block = tuple[HtmlElement, Line]


def restored(lines: list[Line], tree: HtmlElement) -> list[Line]:
    """The lines with what the tree has between them; the lines themselves stay in their order."""
    places = {line.folded: index for index, line in enumerate(lines) if line.folded}
    known = f" {' '.join(line.folded for line in lines)} "
    before: dict[int, list[Line]] = {}
    last, home, waiting = -1, None, list[Block]()
    for element, line in _blocks(tree):
        if not line.folded:
            continue
        line.source = element if len(element) else None
        place = places.get(line.folded, -1)
        if place >= 0:
            lines[place].source = line.source if lines[place].source is None else lines[place].source
        if place > last:
            if line.kind == "item" and lines[place].kind == "p":
                lines[place] = line
            if last >= 0:
                before[place] = _between(waiting, {home, _home(element)})
            last, home, waiting = place, _home(element), []
        elif place < 0 and f" {line.folded} " not in known:
            waiting.append((element, line))
    return [
        line
        for index in range(len(lines) + 1)
        for line in (*before.get(index, ()), *lines[index : index + 1])
    ]


def _blocks(tree: HtmlElement) -> Iterator[Block]:
    """The page's blocks of text in their order, with the line that each would be."""
    lists: dict[HtmlElement, int] = {}
    for element in tree.iter("tr", *_KINDS):
        if element.tag == "tr":
            yield element, Line(collapse(" ".join(element.itertext())), "row")
        elif next(element.iterancestors(*_ELSEWHERE), None) is not None:
            continue
        elif element.tag == "blockquote":
            yield from ((element, Line(text, "quote")) for text in _quoted(element))
        else:
            parent = element.getparent()
            block = lists.setdefault(parent, -1 - len(lists)) if element.tag == "li" else 0
            kind: Kind = "ordered" if element.tag == "li" and parent.tag == "ol" else _KINDS[element.tag]
            yield element, Line(collapse(element.text_content()), kind, block)


def _quoted(quote: HtmlElement) -> Iterator[str]:
    """The quote's paragraphs, and what stands outside of them: who said it."""
    paragraphs = quote.findall("p")
    yield from (collapse(p.text_content()) for p in paragraphs)
    yield collapse(" ".join(quote.xpath("./text() | ./*[not(self::p)]//text()")))


def _home(element: HtmlElement) -> HtmlElement | None:
    """What the block and its neighbours stand in: its parent, or one higher where that holds it alone."""
    parent = element.getparent()
    if parent is None or any(child is not element and child.tag != "script" for child in parent):
        return parent
    return parent.getparent()


def _between(waiting: list[Block], homes: set[HtmlElement | None]) -> list[Line]:
    """The quotes beside the two lines, and the subheadings before the second."""
    last = len(waiting)
    while last and waiting[last - 1][1].is_heading:
        last -= 1
    found = [line for element, line in waiting[:last] if _home(element) in homes and _is_quote(element)]
    headings = [line for element, line in waiting[last:] if _is_subheading(element, line)]
    return found + headings[-2:]


def _is_subheading(element: HtmlElement, line: Line) -> bool:
    return len(line.text) <= HEADING and element.find(".//a") is None


def _is_quote(element: HtmlElement) -> bool:
    """Whether it is a quote and not a post that shows as a link."""
    linked = sum(len(collapse(link.text_content())) for link in element.iter("a"))
    return element.tag == "blockquote" and linked < LINKED * len(collapse(element.text_content()))
