"""The fields of an article from the page's markup: JSON-LD first, then meta tags (OpenGraph and others),
then elements.

The orders are the measured ones (docs/decisions/0003-reading.md).
"""

import re
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache
from typing import Any

from trafilatura.metadata import extract_author

from crawler.extractors import headlines, page_links
from crawler.extractors.bylines import looks_like_name, visible_names
from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold
from crawler.extractors.jsonld import is_false, is_true, types
from crawler.extractors.names import agency, person_names
from crawler.extractors.standfirst import standfirsts

_list_mark = re.compile(r"\s*[,;，、،]\s*")
_TRADE = frozenset({
    "news", "newspaper", "nieuws", "krant", "notícias", "jornal", "noticias", "periódico",
    "diario", "nachrichten", "zeitung", "actualités", "journal", "notizie", "giornale", "nyheter",
    "avis", "uutiset", "wiadomości", "gazeta", "новости", "газета", "новини", "вести", "haberler",
    "gazete", "berita", "tin tức", "新 聞", "新 闻", "ニ ュ ー ス",
})  # fmt: skip
"""Words (folded) among the keywords that a site gives every page."""

cut_site = headlines.cut_site

AUTHOR_TAGS = ("author", "article:author", "parsely-author", "sailthru.author", "dc.creator", "byl")
"""Meta tags of who signs, most trusted first."""
LONGEST_SIGNED = 400
"""Characters of what trafilatura may take for an author: its 120, and what it leaves out first."""
_robots = re.compile(
    r"\b(?:all|noindex|nofollow|none|noarchive|nosnippet|noimageindex|notranslate|nocache|noai|noimageai|indexifembedded"
    r"|max-(?:snippet|image-preview|video-preview):\s*[\w-]+|unavailable_after:[^,]+)",
    re.IGNORECASE,
)
_signing = re.compile(
    r"author|by-?line|byl|bbl|username|channel-name|zuozhe|bianji|xiaobian|submitted-by|posted-by|journalist-name"
    r"|screenname|writer"
)
"""The parts of class and id by which trafilatura may find an author."""
_organisation = re.compile(r"organization$|newsmedia|website$", re.IGNORECASE)


def headline(document: Document) -> str:
    """JSON-LD, h1, og:title or title, as `headlines.headline` chooses."""
    found, document.sources["headline"] = headlines.headline(document)
    return found


def description(document: Document, headline: str = "") -> str:
    """JSON-LD description, else the meta tags', microdata's, the visible standfirst; the latter also where
    the others are cut. The site's slogan is none."""
    found, source = document.jsonld.text("description", "abstract"), "json-ld"
    if not found or fold(headline).startswith(fold(found)):
        tags = "og:description", "description", "twitter:description", "dc.description"
        found, source = document.meta_text(*tags), "meta"
        if found and _is_slogan(document, found, headline):
            found = ""
    if not found or found.endswith(("…", "...")):
        shown = _standfirst(document)
        found, source = (shown, "standfirst") if shown else (found, source)
    document.sources["description"] = source if found else ""
    return found


def _standfirst(document: Document) -> str:
    """What microdata or the markup above the text calls the standfirst."""
    for element in document.xpath('//body//*[@itemprop="description"]'):
        if text := collapse(element.get("content") or element.text_content()):
            return text
    return next(standfirsts(document.tree), "")


def _is_slogan(document: Document, text: str, headline: str) -> bool:
    """Whether a description begins with the site's name and shares no word of five letters with the
    headline."""
    folded = fold(text)
    if any(len(word) >= 5 for word in set(folded.split()) & set(fold(headline).split())):
        return False
    first = folded.partition(" ")[0]
    names = {fold(publisher(document, headline)), *headlines.site_names(document)} - {""}
    return any(
        f"{folded} ".startswith(f"{name} ") or (len(first) > 5 and name.startswith(first)) for name in names
    )


def authors(document: Document) -> list[str]:
    """Persons of JSON-LD's author or creator, the meta tags, the visible byline, or trafilatura's find."""
    outlets = headlines.site_names(document)
    for source, values in _signatures(document):
        if found := person_names(values, outlets):
            document.sources["authors"] = source
            return found
    if found := visible_names(document, outlets):
        document.sources["authors"] = "byline"
    elif found := _guessed(document, outlets):
        document.sources["authors"] = "trafilatura"
    return found


def _signatures(document: Document) -> Iterator[tuple[str, list[str]]]:
    """What the markup says of who signs: source and values."""
    jsonld = document.jsonld
    for key in ("author", "creator"):
        persons = [item for item in jsonld.values(jsonld.article.get(key)) if not _is_organisation(item)]
        yield "json-ld", jsonld.names(persons)
    for name in AUTHOR_TAGS:
        yield "meta", document.meta.get(name, [])


def _is_organisation(item: Any) -> bool:
    return isinstance(item, dict) and any(map(_organisation.search, types(item)))


def _guessed(document: Document, outlets: set[str]) -> list[str]:
    """What trafilatura takes for the author, if it is no label ("Name" over a comment form)."""
    if not _may_be_signed(document):  # it would copy the page and search it in vain
        return []
    found = person_names([extract_author(document.tree) or ""], outlets)
    return [name for name in found if looks_like_name(name)]


def _may_be_signed(document: Document) -> bool:
    """Whether the page has anything that trafilatura looks at for an author, with a text as short as one."""
    marked = [element for element, rel, prop in document.marked if rel == "author" or "author" in prop]
    marked += [element for element, *names in document.named if _is_signing(" ".join(names))]
    marked += document.xpath("//author | //*[@data-component or @data-testid]")
    return any(2 < len(collapse(" ".join(element.itertext()))) < LONGEST_SIGNED for element in marked)


@lru_cache(maxsize=4096)
def _is_signing(names: str) -> bool:
    return _signing.search(names.lower()) is not None


def section(document: Document, headline: str = "") -> str:
    """JSON-LD articleSection, else article:section, else what crumbs, labels and links say."""
    found, source = document.jsonld.text("articleSection"), "json-ld"
    if not found:
        found, source = document.meta_text("article:section", "section", "articlesection"), "meta"
    if not found:
        found, source = page_links.section(document, headline)
    document.sources["article_section"] = source if found else ""
    return found


def keywords(document: Document) -> list[str]:
    """JSON-LD keywords, else article:tag, news_keywords, the tags that the page shows, keywords; but not the
    words that a site has on every page."""
    meta = document.meta
    shown, said = _words(page_links.tags(document)), _words(meta.get("keywords", []))
    if shown.keys() < said.keys() and not _is_site_wide(document, said):  # the page shows a part of them
        shown = {}
    for source, words in (
        ("json-ld", _words(document.jsonld.names(document.jsonld.article.get("keywords")))),
        ("meta", _words(meta.get("article:tag", []))),
        ("meta", _words(meta.get("news_keywords", []))),
        ("link", shown),
        ("meta", said),
    ):
        if words and not (source == "meta" and _is_site_wide(document, words)):
            document.sources["keywords"] = source
            return list(words.values())[:50]
    return []


def _words(values: Iterable[str]) -> dict[str, str]:
    """The members of lists with commas, by their folded form."""
    parts = (part.strip() for value in values for part in _list_mark.split(value))
    return {fold(word): word for word in parts if word}


def _is_site_wide(document: Document, words: Collection[str]) -> bool:
    """Whether keywords name the site or its trade ("news, newspaper")."""
    names = headlines.site_names(document)
    return any(word in _TRADE or word.replace(" ", "") in names for word in words)


def publisher(document: Document, headline: str = "") -> str:
    """The outlet's name: as its source says, else JSON-LD, og:site_name, microdata, the link to the front
    page, the rest of the title."""
    jsonld = document.jsonld
    sites = (item for item in jsonld.objects if any(map(_organisation.search, types(item))))
    for source, found in (
        ("source", document.page.publisher),
        ("json-ld", next(iter(jsonld.names(jsonld.article.get("publisher"))), "")),
        ("meta", document.meta_text("og:site_name", "application-name")),
        ("json-ld", next((name for item in sites for name in jsonld.names(item.get("name"))), "")),
        ("page", _shown_publisher(document, headline) if headline else ""),
    ):
        if found:
            document.sources["publisher"] = source
            return collapse(found)
    return ""


def _shown_publisher(document: Document, headline: str) -> str:
    """The site's name as microdata, the link to its front page or the title give it."""
    marked = document.xpath('//*[@itemprop="publisher"]//*[@itemprop="name"]')
    if marked:
        return collapse(marked[0].get("content") or marked[0].text_content())
    title, top = fold(document.title), fold(headline)
    for name in page_links.home_names(document):
        if fold(name) and fold(name) != top and f" {fold(name)} " in f" {title} ":
            return name
    parts = headlines.title_parts(document.title)
    if len(parts) < 2:
        return ""
    if top.startswith(fold(parts[0])) and not top.endswith(fold(parts[-1])):
        return parts[-1]
    # a headline with a colon of its own is no headline with a name
    return parts[0] if top.endswith(fold(parts[-1])) and not top.startswith(fold(parts[0])) else ""


def credit_text(document: Document) -> str:
    """The agency or supplier of the text: JSON-LD's creditText, an agency that signs, provider,
    sourceOrganization."""
    jsonld, article = document.jsonld, document.jsonld.article
    if found := jsonld.text("creditText"):
        document.sources["credit_text"] = "json-ld"
        return found
    for source, values in _all_signatures(document):
        if found := agency(values):
            document.sources["credit_text"] = source
            return found
    for key in ("provider", "sourceOrganization"):
        for name in jsonld.names(article.get(key)):
            if fold(name) != fold(publisher(document)):
                document.sources["credit_text"] = "json-ld"
                return name
    return ""


def _all_signatures(document: Document) -> Iterator[tuple[str, list[str]]]:
    """As `_signatures`, with organisations."""
    jsonld = document.jsonld
    for key in ("author", "creator"):
        yield "json-ld", jsonld.names(jsonld.article.get(key))
    yield from ((source, values) for source, values in _signatures(document) if source == "meta")


def free(document: Document) -> bool | None:
    """isAccessibleForFree, or the meta tag of the same meaning; None where the page says nothing."""
    said = [item.get("isAccessibleForFree") for item in document.jsonld.objects]
    tier = document.meta_text("article:content_tier", "content_tier").lower()
    document.sources["is_accessible_for_free"] = (
        "json-ld" if any(map(is_false, said)) or (tier != "locked" and any(map(is_true, said))) else "meta"
    )
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
