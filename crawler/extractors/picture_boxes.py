"""Pictures on the page with their captions and credits, in figures and in whatever else sites put them."""

import re
from collections.abc import Iterator

from lxml.html import HtmlElement

from archive.article import Image
from crawler.extractors.boxes import caption_box
from crawler.extractors.captions import is_label, split_credit, without_label
from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold

LONGEST = 600
"""Characters of a caption in a figure."""

CREDIT = 60
"""Characters of a credit that stands in an element of its own."""

_elsewhere = frozenset({"aside", "nav", "footer", "a"})
_inline = frozenset({"span", "small", "em", "i", "cite", "b", "strong"})
_person = re.compile(r"autor|author|avatar", re.IGNORECASE)
_counter = re.compile(r"\d{1,3}\s*/\s*\d{1,3}")
_credit_name = re.compile(r"credit|copyright|author|autor|quelle|photographer|source", re.IGNORECASE)
_foreign_name = re.compile(r"^(.*[^\x00-\u024f\W].*?)\s*\(([A-Z][\w.'’-]+(?: [A-Z][\w.'’-]+){1,2})\)\W*$")
_sources = ("data-src", "data-lazy-src", "data-original", "src")


def pictures(document: Document, last: set[str]) -> Iterator[Image]:
    """The pictures with a caption between the headline and the last (folded) lines, and in figures."""
    body = document.tree.find(".//body")
    passed, ended, seen = False, False, set[HtmlElement]()
    headings = {fold(text) for text in document.headings} & document.titles
    for element in body.iter("h1", "p", "img", "amp-img") if body is not None else ():
        if element.tag == "h1":
            passed = passed or fold(element.text_content()) in headings
        elif element.tag == "p":
            ended = ended or (bool(last) and fold(element.text_content()) in last)
        else:
            box = _box(element)
            if (
                box is None
                or box in seen
                or (box.tag != "figure" and (ended or not (passed or not headings)))
            ):
                continue
            seen.add(box)
            image = _read(box)
            image.url = _address(document, element)
            if image.caption or image.credit:
                yield image


def address_before(document: Document, caption: str) -> str:
    """The address of the picture directly before a caption line; empty where there is none."""
    folded = fold(caption)
    for element in document.tree.iter("p", "div", "em", "td", "span", "br"):
        text = element.tail or "" if element.tag == "br" else element.text_content()
        if len(text) > LONGEST or fold(text) != folded:
            continue
        nearby = [element, *element.itersiblings(preceding=True)][:2]
        for part in (*nearby, *[one for one in [element.getparent()] if one is not None and one.tag == "p"]):
            picture = next(part.iter("img", "amp-img"), None)
            if picture is not None:
                return _address(document, picture)
    return ""


def _box(picture: HtmlElement) -> HtmlElement | None:
    """The figure or the box with the picture and its caption; None for teasers and what has no caption."""
    above = list(picture.iterancestors())
    figure = next(
        (one for one in above if one.tag == "figure" or "wp-caption" in (one.get("class") or "").split()),
        None,
    )
    outside = above if figure is None else figure.iterancestors()
    if any(one.tag in _elsewhere for one in outside) or _person.search(picture.get("src") or ""):
        return None
    if figure is not None:
        caption = figure.find(".//figcaption")
        text = collapse((caption if caption is not None else figure).text_content())
        return figure if text and len(text) <= LONGEST else None
    box = caption_box(picture)
    if box is None or sum(len(link.text_content()) for link in box.iter("a")) * 2 > len(box.text_content()):
        return None
    return box


def _is_figure(element: HtmlElement) -> bool:
    return element.tag == "figure" or "wp-caption" in (element.get("class") or "").split()


def _read(box: HtmlElement) -> Image:
    """Caption and credit of a box: by the elements that hold them, else by the caption's own words."""
    caption, credit, label = "", "", False
    for text, element in _parts(box):
        words, named = split_credit(text)
        if _counter.fullmatch(text):
            continue
        is_name = bool(_credit_name.search(element.get("class") or "")) or label
        if is_label(text):
            label = True
            continue
        if not credit and (is_name or (not words and named) or _follows_sentence(text, element, caption)):
            credit = named if not words else without_label(text)
        else:
            caption = f"{caption} {text}".strip()
    if not credit:
        caption, credit = split_credit(caption)
    if not credit and (found := _foreign_name.match(caption)):
        caption, credit = found[1], found[2]
    return Image(caption=caption.rstrip(" (|[–—-"), credit=credit)


def _parts(box: HtmlElement) -> Iterator[tuple[str, HtmlElement]]:
    """The texts in a box with the elements that hold them, in their order."""
    caption = box.find(".//figcaption")
    for element in (caption if caption is not None else box).iter():
        if not isinstance(element.tag, str) or element.tag in ("script", "style", "noscript", "button"):
            continue
        if text := collapse(element.text or ""):
            yield text, element
        for child in element:
            if text := collapse(child.tail or ""):
                yield text, element


def _follows_sentence(text: str, element: HtmlElement, caption: str) -> bool:
    """Whether it is a name in small type behind the caption's last sentence."""
    return element.tag in _inline and caption.endswith((".", "!", "?", "。", "…")) and len(text) <= CREDIT


def _address(document: Document, picture: HtmlElement) -> str:
    for attribute in _sources:
        value = (picture.get(attribute) or "").strip()
        if value and not value.startswith("data:"):
            return document.absolute(value)
    return ""
