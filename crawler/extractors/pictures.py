"""The article's images: JSON-LD, og:image and figures, and captions that stood among the lines of the
text."""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml.html import HtmlElement

from archive.article import Image
from crawler.extractors.captions import split_credit
from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold
from crawler.extractors.jsonld import plain

MOST = 30
"""Images that are kept of one page."""

_FIGURES = (
    ".//figure[.//figcaption][not(ancestor::aside or ancestor::nav or ancestor::footer or ancestor::a)]"
    ' | .//*[contains(concat(" ", @class, " "), " wp-caption ")]'
)


def images(document: Document, caption_lines: Iterable[str]) -> list[Image]:
    """The images in the page's order, each once; a caption without a picture is an Image without a URL."""
    found: list[Image] = []
    for image in (*_structured(document), *_figures(document), *map(from_caption, caption_lines)):
        _add(found, image)
    return found[:MOST]


def from_caption(line: str) -> Image:
    """A caption line as an image of unknown address."""
    caption, credit = split_credit(line)
    return Image(caption=caption, credit=credit)


def _add(images: list[Image], new: Image) -> None:
    """Add it, or fill the gaps of the image that it is."""
    for image in images:
        same_text = bool(new.caption) and fold(new.caption) == fold(image.caption)
        if (
            same_text
            or (new.url and new.url == image.url)
            or (not new.url and not new.caption and image.credit)
        ):
            image.url = image.url or new.url
            image.caption = image.caption or new.caption
            image.credit = image.credit or new.credit
            return
    if new.url or new.caption or new.credit:
        images.append(new)


def _structured(document: Document) -> Iterator[Image]:
    jsonld = document.jsonld
    for item in jsonld.values(jsonld.article.get("image")):
        yield _from_object(document, item)
    for address in document.meta.get("og:image", [])[:1]:
        yield Image(url=document.absolute(address))


def _from_object(document: Document, item: Any) -> Image:
    if isinstance(item, str):
        return Image(url=document.absolute(item))
    if not isinstance(item, dict):
        return Image()
    address = item.get("url") or item.get("contentUrl") or ""
    names = (
        name
        for key in ("creditText", "creator", "author", "copyrightHolder")
        for name in _names(document, item, key)
    )
    caption, credit = split_credit(_text(item.get("caption")) or _text(item.get("description")))
    return Image(
        url=document.absolute(address) if isinstance(address, str) else "",
        caption=caption,
        credit=collapse(next(names, "")) or credit,
    )


def _names(document: Document, item: dict[str, Any], key: str) -> list[str]:
    return document.jsonld.names(item.get(key))


def _text(value: Any) -> str:
    return collapse(plain(value)) if isinstance(value, str) else ""


def _figures(document: Document) -> Iterator[Image]:
    body = next(
        (found[0] for path in ("//article", "//main", "//body") if (found := document.tree.xpath(path))), None
    )
    for figure in body.xpath(_FIGURES) if body is not None else []:
        text = _caption(figure)
        if text and len(text) < 600:
            image = from_caption(text)
            image.url = _address(document, figure)
            yield image


def _caption(figure: HtmlElement) -> str:
    for element in figure.xpath('.//figcaption | .//*[contains(@class, "caption-text")]'):
        return collapse(" ".join(element.itertext()))
    return ""


def _address(document: Document, figure: HtmlElement) -> str:
    for picture in figure.iter("img"):
        for attribute in ("data-src", "data-lazy-src", "src"):
            value = (picture.get(attribute) or "").strip()
            if value and not value.startswith("data:"):
                return document.absolute(value)
    return ""
