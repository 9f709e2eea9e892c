"""The article's images: JSON-LD, og:image, pictures with their captions (`picture_boxes.py`), and captions
that stood among the lines of the text."""

import re
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from archive.article import Image
from crawler.extractors.captions import split_credit
from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold
from crawler.extractors.jsonld import plain
from crawler.extractors.picture_boxes import address_before, pictures

MOST = 30
"""Images that are kept of one page."""

_default = re.compile(
    r"default|logo|placeholder|fallback|avatar|share[-_.]|[-_]share|og[-_]image", re.IGNORECASE
)
"""In the file names of pictures that a site shows for want of one."""


def images(document: Document, caption_lines: Iterable[str], last_lines: Iterable[str] = ()) -> list[Image]:
    """The images in the page's order, each once; a caption without a picture is an Image without a URL.

    `last_lines` are the text's last ones: what the page shows after them is not the article's.
    """
    found: list[Image] = []
    for image in _structured(document):
        _add(found, image)
    for image in pictures(document, {fold(line) for line in last_lines}):
        _add(found, image)
    for line in caption_lines:
        image = from_caption(line)
        image.url = address_before(document, line)
        if image.url or image.credit:
            _add(found, image)
    return found[:MOST]


def from_caption(line: str) -> Image:
    """A caption line as an image of unknown address."""
    caption, credit = split_credit(line)
    return Image(caption=caption, credit=credit)


def _add(images: list[Image], new: Image) -> None:
    """Add it, or fill the gaps of the image that it is; of two sizes the article's own counts."""
    for image in images:
        same_text = bool(new.caption) and fold(new.caption) == fold(image.caption)
        if same_text or _same_file(new.url, image.url) or (not new.url and not new.caption and image.credit):
            if new.url and new.caption and _same_file(new.url, image.url):
                image.url = new.url
            image.url = image.url or new.url
            image.caption = image.caption or new.caption
            image.credit = image.credit or new.credit
            return
    if new.url or new.caption or new.credit:
        images.append(new)


def _same_file(one: str, other: str) -> bool:
    """Whether two addresses name one picture: the same, or the same file in another size."""
    if not one or not other:
        return False
    first, second = urlsplit(one), urlsplit(other)
    if (first.netloc, first.path) == (second.netloc, second.path):
        return True
    names = [part.path.rpartition("/")[2] for part in (first, second)]
    return names[0] == names[1] and len(names[0]) >= 10 and any(map(str.isdigit, names[0]))


def _structured(document: Document) -> Iterator[Image]:
    jsonld = document.jsonld
    for item in jsonld.values(jsonld.article.get("image")):
        yield _from_object(document, item)
    for address in document.meta.get("og:image", [])[:1]:
        if not _default.search(address.rpartition("/")[2]):
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
