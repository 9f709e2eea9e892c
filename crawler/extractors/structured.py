"""The fields of an article from the page's markup: JSON-LD first, then meta tags (OpenGraph and others),
then elements.

The orders are the measured ones (docs/decisions/0003-reading.md).
"""

import re

from trafilatura.metadata import extract_author

from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold
from crawler.extractors.jsonld import is_false, is_true, types

_SEPARATOR = re.compile(r"\s+(?:\||-|–|—|·|»|::|•)\s+")
_name_split = re.compile(r"\s*[;,|]\s*|\s+(?:and|und|et|y|i|и|та|&)\s+")
_by = re.compile(r"^(?:by|von|par|por|di|door|av|af|автор|text|texte)\s*:?\s+", re.IGNORECASE)
_no_name = re.compile(r"https?:|www\.|@|^\W*$|\.(?:com|org|net|de|ru)$", re.IGNORECASE)
_robots = re.compile(
    r"\b(?:all|noindex|nofollow|none|noarchive|nosnippet|noimageindex|notranslate|nocache|noai|noimageai|indexifembedded"
    r"|max-(?:snippet|image-preview|video-preview):\s*[\w-]+|unavailable_after:[^,]+)",
    re.IGNORECASE,
)
_organisation = re.compile(r"organization$|newsmedia|website$", re.IGNORECASE)


def headline(document: Document) -> str:
    """JSON-LD headline, else h1, og:title, title; without the site's name."""
    structured = document.jsonld.text("headline", "name")
    heading = _heading(document)
    if structured.endswith(("…", "...")) and fold(heading).startswith(fold(structured)):
        structured = ""  # cut to 110 characters, as Google once asked for
    shown = cut_site(document.meta_text("og:title", "twitter:title"))
    return _cut_name(structured or heading or shown or cut_site(document.title), publisher(document))


def _cut_name(title: str, name: str) -> str:
    """A title without the outlet's name at its start: "The Herald: Headline" -> "Headline"."""
    start, rest = title[: len(name)], title[len(name) :]
    if not name or start.casefold() != name.casefold():
        return title
    separated = re.match(r"\s*[:|–—·»]\s+|\s+-\s+", rest)
    return rest[separated.end() :] if separated else title


def _heading(document: Document) -> str:
    """The h1 with the headline: of several the first whose text the title or og:title has."""
    found = [text for text in document.headings if text.count(" ") >= 2 or len(text) >= 9]
    if len(found) == 1:
        return found[0]
    titles = fold(document.title), fold(document.meta_text("og:title"))
    return next((text for text in found if any(fold(text) in title for title in titles)), "")


def cut_site(title: str) -> str:
    """A title without the site's name at its end: "Headline - Site" -> "Headline"."""
    while True:
        parts = list(_SEPARATOR.finditer(title))
        if not parts:
            return title
        left, right = title[: parts[-1].start()], title[parts[-1].end() :]
        if len(left) <= len(right) or len(left.split()) < 3 or len(right.split()) > 5:
            return title
        title = left


def description(document: Document) -> str:
    """JSON-LD description, else the meta tags'."""
    return document.jsonld.text("description", "abstract") or document.meta_text(
        "og:description", "description", "twitter:description", "dc.description"
    )


def authors(document: Document) -> list[str]:
    """JSON-LD author or creator, else the meta tags', else what trafilatura finds in the page."""
    jsonld = document.jsonld
    article = jsonld.article
    found = person_names(jsonld.names(article.get("author")) or jsonld.names(article.get("creator")))
    for name in ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl"):
        found = found or person_names(document.meta.get(name, []))
    return found or person_names([extract_author(document.tree) or ""])


def person_names(values: list[str]) -> list[str]:
    """Names one by one, without "By", addresses and repetitions."""
    names: dict[str, str] = {}
    for value in values:
        for part in _name_split.split(_by.sub("", collapse(value))):
            name = part.strip(" .,:")
            if name and len(name) <= 80 and not _no_name.search(name):
                names.setdefault(fold(name), name)
    return list(names.values())


def section(document: Document) -> str:
    """JSON-LD articleSection, else article:section."""
    return document.jsonld.text("articleSection") or document.meta_text("article:section", "section")


def keywords(document: Document) -> list[str]:
    """JSON-LD keywords, else article:tag, news_keywords, keywords."""
    found = document.jsonld.names(document.jsonld.article.get("keywords"))
    for name in ("article:tag", "news_keywords", "keywords"):
        found = found or document.meta.get(name, [])
    words = {
        fold(word): word for value in found for part in re.split(r"[,;]", value) if (word := part.strip())
    }
    return list(words.values())[:50]


def publisher(document: Document) -> str:
    """The outlet's name: as its source says, else JSON-LD, else og:site_name."""
    jsonld = document.jsonld
    found = document.page.publisher or next(iter(jsonld.names(jsonld.article.get("publisher"))), "")
    found = found or document.meta_text("og:site_name", "application-name")
    if not found:
        sites = (item for item in jsonld.objects if any(map(_organisation.search, types(item))))
        found = next((name for item in sites for name in jsonld.names(item.get("name"))), "")
    return collapse(found)


def credit_text(document: Document) -> str:
    """The agency or supplier of the text."""
    jsonld = document.jsonld
    names = jsonld.text("creditText") or next(
        (
            name
            for key in ("provider", "sourceOrganization")
            for name in jsonld.names(jsonld.article.get(key))
        ),
        "",
    )
    return "" if fold(names) == fold(publisher(document)) else names


def free(document: Document) -> bool | None:
    """isAccessibleForFree, or the meta tag of the same meaning; None where the page says nothing."""
    said = [item.get("isAccessibleForFree") for item in document.jsonld.objects]
    tier = document.meta_text("article:content_tier", "content_tier").lower()
    if any(map(is_false, said)) or tier == "locked":
        return False
    return True if any(map(is_true, said)) or tier == "free" else None


def robots(document: Document) -> list[str]:
    """Directives of meta robots (also googlebot's) and X-Robots-Tag, lower case, in order."""
    said = [*document.meta.get("robots", []), *document.meta.get("googlebot", [])]
    said += [*document.meta.get("googlebot-news", []), document.page.headers.get("x-robots-tag", "")]
    return list(
        dict.fromkeys(re.sub(r"\s+", " ", word.lower()) for text in said for word in _robots.findall(text))
    )
