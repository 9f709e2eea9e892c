"""The headline: what to take where JSON-LD, h1, og:title and title say different things.

Each of the four has its own faults: JSON-LD may be cut or written for search engines, an h1 may be the
site's name or carry a kicker, og:title is made for sharing, and the title names the site. They are cleaned of
the site's name first; then what two of them agree on counts (docs/decisions/0003-reading.md).
"""

import html
import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from crawler.extractors.document import Document, once
from crawler.extractors.folding import collapse, fold
from crawler.extractors.jsonld import types

_SUFFIX = re.compile(r"\s+(?:\||-|–|—|·|»|::|•)\s+|\s*｜\s*")
_NAME = re.compile(r"\s*[|｜ㅣ»•·]\s*|\s+(?:-|–|—|::|«)\s+|\s*:\s+|_(?=[^\W_]+$)")
"""What stands between a headline and a site's name that is known."""
_INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\ufeff\u2060"))
_organisation = re.compile(r"organization$|newsmedia|website$", re.IGNORECASE)

CUT = 100
"""Characters from which a JSON-LD headline may have been cut without a sign."""

SIMILAR = 0.6
"""Share of the shorter headline's words that the longer one has, if the two are versions of each other."""


def headline(document: Document) -> tuple[str, str]:
    """The headline without the site's name, and where it was read; ("", "") where there is none."""
    names = site_names(document)
    structured = _tidy(document.jsonld.text("headline", "name"), names)
    shared = _uncut_if_shown(document, _tidy(document.meta_text("og:title", "twitter:title"), names))
    title = _title(document, names)
    heading = _heading(document, names, (shared, structured, title))
    if not (structured or heading or shared):
        return _from_page(document, title, names)
    return _chosen(_completed(structured, (heading, shared, title)), heading, shared, title)


def _completed(structured: str, others: Iterable[str]) -> str:
    """JSON-LD's headline, or the one that goes on where JSON-LD was cut (at 110 characters, as Google once
    asked for)."""
    own = structured.rstrip("….")
    if structured.endswith(("…", "...")) or len(structured) > CUT:
        longer = (text for text in others if len(text) > len(structured) and fold(text).startswith(fold(own)))
        return next(longer, structured)
    return structured


def _chosen(structured: str, heading: str, shared: str, title: str) -> tuple[str, str]:
    if structured and not _is_outvoted(structured, heading, shared, title):
        return structured, "json-ld"
    if heading and _ends_with(heading, shared):
        return shared, "meta"  # the h1 has a kicker in front
    for text, source in ((heading, "h1"), (shared, "meta"), (title, "title")):
        if text:
            return text, source
    return structured, "json-ld" if structured else ""


def _is_outvoted(structured: str, heading: str, shared: str, title: str) -> bool:
    """Whether the h1 is better than JSON-LD: og:title bears it out, and it is no other headline entirely."""
    own, top = fold(structured), fold(heading)
    if not top or _ends_with(heading, structured):
        return False
    if own == top:  # a headline all in quotes is one of a program, where the h1 has none
        return structured[0] == structured[-1] == '"' and heading[0] != '"'
    others = fold(shared), fold(title)
    if others == (top, top):
        return _are_versions(own, top)
    return top == others[0]


def _ends_with(text: str, end: str) -> bool:
    """Whether a text is another one with a kicker of up to eight words in front."""
    long, short = fold(text), fold(end)
    kicker = long.removesuffix(" " + short)
    return short.count(" ") >= 1 and kicker != long and kicker.count(" ") < 8


def _are_versions(one: str, other: str) -> bool:
    few, many = sorted((set(one.split()), set(other.split())), key=len)
    return len(few & many) >= SIMILAR * len(few)


def _heading(document: Document, names: set[str], others: Iterable[str]) -> str:
    """The h1 with the headline: the first that another headline has, else the only long one."""
    found = [_tidy(text, names) for text in document.headings if not _is_name(text, names)]
    folded = [fold(text) for text in others]
    for other in filter(None, folded):
        for text in found:
            if fold(text) == other:
                return text
    long = [text for text in found if text.count(" ") >= 2 or len(text) >= 9]
    for text in long:
        if any(fold(text) in other or _ends_with(text, other) for other in folded):
            return text
    return long[0] if len(long) == 1 else ""


def _title(document: Document, names: set[str]) -> str:
    """The title element without the site: the longest part that is a heading of the page, else what cutting
    leaves."""
    title = _tidy(document.title, names)
    parts = [part for part in _NAME.split(title) if part.strip()]
    if len(parts) > 1:
        shown = {fold(text) for text in (*document.headings, *document.subheadings)}
        for part in sorted(parts, key=len, reverse=True):
            if len(part) * 2 > len(title) and fold(part) in shown:
                return part
    return _uncut_if_shown(document, title)


def _from_page(document: Document, title: str, names: set[str]) -> tuple[str, str]:
    """The headline where only the title element says something: its longest part, if that stands alone in
    the page; else the only h2, if the title is the site's."""
    part = max(_NAME.split(document.title), key=len, default="")
    if part and part != title:
        wanted = part.split()[0]
        for element in document.tree.iter("div", "td", "font", "b", "strong", "span", "p", "h2", "h3", "h4"):
            if wanted in (element.text or "") and collapse(element.text_content()) == part:
                return part, "title"
    main = [text for text in (collapse(h2.text_content()) for h2 in document.tree.iter("h2")) if text]
    if len(main) == 1 and any(_is_name(text, names) for text in document.headings):
        return main[0], "h2"
    return title, "title" if title else ""


def title_parts(title: str) -> list[str]:
    """The parts of a title between the marks that stand between headline and site."""
    return [part.strip() for part in _NAME.split(title) if part.strip()]


def _uncut_if_shown(document: Document, title: str) -> str:
    """`cut_site`, unless an h1 has what looks like a site's name too."""
    own = fold(title)
    return title if own and any(fold(text) == own for text in document.headings) else cut_site(title)


def _tidy(text: str, names: set[str]) -> str:
    """A headline without entities left over, invisible characters and a site's name at either end."""
    text = collapse(html.unescape(text).translate(_INVISIBLE))
    while True:
        for mark in _NAME.finditer(text):
            left, right = text[: mark.start()], text[mark.end() :]
            if _is_name(right, names) and left:
                text = left
                break
            if _is_name(left, names) and right:
                text = right
                break
        else:
            return text


def cut_site(title: str) -> str:
    """A title without the site's name at its end, known or not: "Headline - Site" -> "Headline"."""
    while True:
        parts = list(_SUFFIX.finditer(title))
        if not parts:
            return title
        left, right = title[: parts[-1].start()], title[parts[-1].end() :]
        spaced = "｜" not in parts[-1].group()  # the others need words around them
        if len(left) <= len(right) or (spaced and (len(left.split()) < 3 or len(right.split()) > 5)):
            return title
        title = left


@once
def site_names(document: Document) -> set[str]:
    """Names of the outlet and its site, folded, also without spaces: as its source, markup and address give
    them."""
    jsonld = document.jsonld
    sites = (item for item in jsonld.objects if any(map(_organisation.search, types(item))))
    host = (urlsplit(document.page.url).hostname or "").removeprefix("www.")
    found = {
        document.page.publisher,
        host,
        host.rpartition(".")[0],
        *jsonld.names(jsonld.article.get("publisher")),
        *(name for item in sites for name in jsonld.names(item.get("name"))),
        *document.meta.get("og:site_name", ()),
        *document.meta.get("application-name", ()),
    }
    folded = {fold(name) for name in found} | {_rest_of_title(document)}
    return (folded | {name.replace(" ", "") for name in folded}) - {""}


def _rest_of_title(document: Document) -> str:
    """What the title has before og:title and an h1 too, after og:title, or after an h1 of three words: the
    site's name."""
    title, shared = document.title, document.meta_text("og:title")
    if shared and title.endswith(shared):
        start = title.removesuffix(shared).rstrip(" :-|–—")
        if start in document.headings:
            return fold(start)
    long = (text for text in document.headings if text.count(" ") >= 2)
    for text in (shared, *long):
        mark = _NAME.match(title, len(text)) if text and title.startswith(text) else None
        if mark:
            return fold(title[mark.end() :])
    return ""


def _is_name(text: str, names: set[str]) -> bool:
    folded = fold(text)
    return folded in names or folded.replace(" ", "") in names


def alternative(document: Document, chosen: str) -> str:
    """JSON-LD's alternativeHeadline, where it is another one."""
    found = collapse(document.jsonld.text("alternativeHeadline"))
    return "" if fold(found) == fold(chosen) else found
