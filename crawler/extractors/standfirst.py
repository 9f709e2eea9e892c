"""The standfirst that a page marks as one: by its microdata, or by the names that editors give it."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extractors.folding import collapse

SHORTEST, LONGEST = 20, 600
"""Characters of a standfirst."""

_names = re.compile(
    r"(?:^|[\W_])(?:standfirst|sub-?(?:head(?:ing|line)?|title)|ingress|manchet|chapo|sottotitolo|sommario|vorspann"
    r"|entradilla|bajada|perex|lede?|dek)(?:$|[\W_])"
)
_elsewhere = frozenset({"nav", "aside", "footer", "figure", "a", "li", "ul", "form"})


def standfirsts(tree: HtmlElement) -> Iterator[str]:
    """Texts of the elements that are marked as the standfirst, up to the page's third paragraph."""
    paragraphs = 0
    body = tree.find(".//body")
    for element in body.iter("p", "h2", "h3", "h4", "div") if body is not None else ():
        name = f"{element.get('class') or ''} {element.get('itemprop') or ''}"
        marked = element.get("itemprop") in ("description", "alternativeHeadline") or _is_standfirst(name)
        text = collapse(element.text_content()) if marked or element.tag == "p" else ""
        paragraphs += element.tag == "p" and len(text) > 100 and not marked
        if paragraphs >= 3:
            return
        if marked and SHORTEST <= len(text) <= LONGEST and _is_text(element, text):
            yield text


@lru_cache(maxsize=4096)
def _is_standfirst(name: str) -> bool:
    return _names.search(name.lower()) is not None


def _is_text(element: HtmlElement, text: str) -> bool:
    return (
        text.count(" ") >= 4
        and not any(above.tag in _elsewhere for above in element.iterancestors())
        and element.find(".//a") is None
    )
