"""A page decoded and parsed once, with the facts that several readers of it need."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property, lru_cache, wraps
from typing import Any, TypeVar
from urllib.parse import urljoin

from lxml import etree
from lxml.html import HtmlElement

from crawler.extractors.base import Page
from crawler.extractors.charset import decode
from crawler.extractors.errors import NotAnArticle
from crawler.extractors.folding import collapse, fold
from crawler.extractors.jsonld import JsonLd, plain
from crawler.extractors.parsing import parse
from pipelines.text.language import normalize_language

_OTHER_TYPES = re.compile(
    r"application/(?:pdf|json|zip|octet-stream|rss|atom|epub|ms)|(?:image|audio|video|font)/|text/(?:css|csv|calendar)"
)
_OTHER_STARTS = re.compile(
    rb"%PDF|\x89PNG|GIF8|\xff\xd8\xff|PK\x03\x04|RIFF|\x1f\x8b|\s*[{\[]"
    rb"|\s*<\?xml[^>]*>\s*<(?!html|!DOCTYPE html)|\s*<(?:rss|feed|urlset|sitemapindex)\b",
    re.IGNORECASE,
)

_wayback = re.compile(r"https?://web\.archive\.org/web/(?P<time>\d{14})[a-z_]*/(?P<url>https?://.+)")

_Found = TypeVar("_Found")


class Document:
    """One parsed page; each fact is worked out when first asked for."""

    def __init__(self, page: Page) -> None:
        """Raises NotAnArticle("not_html") for anything but an HTML page."""
        self.page = page
        if _OTHER_TYPES.match(page.headers.get("content-type", "").lower()) or _OTHER_STARTS.match(
            page.body[:500]
        ):
            raise NotAnArticle("not_html", page.url)
        self.html = decode(page.body, page.headers)
        tree = parse(self.html)
        if tree is None:
            raise NotAnArticle("not_html", page.url)
        self.tree: HtmlElement = tree
        self.elements: list[HtmlElement] = list(tree.iter("*"))
        """Every element in the page's order. Held, as lxml makes an element that nobody holds anew, by a slow
        call, each time that it is met."""
        self.sources: dict[str, str] = {}
        """Where each field was read: field of `Article` -> "json-ld", "meta", "h1", "byline" and the like."""
        self.finds: dict[str, Any] = {}
        """What the readers marked with `once` found."""

    @cached_property
    def fetched_at(self) -> datetime:
        """When the page was fetched; for a copy of the Wayback Machine, when that was."""
        found = _wayback.match(self.page.url)
        try:
            return (
                datetime.strptime(found["time"], "%Y%m%d%H%M%S").replace(tzinfo=UTC)
                if found
                else self.page.fetched_at
            )
        except ValueError:
            return self.page.fetched_at

    @cached_property
    def url(self) -> str:
        """The address at which the outlet had the page: of a copy of the Wayback Machine, the original's."""
        found = _wayback.match(self.page.url)
        return found["url"] if found else self.page.url

    def xpath(self, path: str) -> list[HtmlElement]:
        """The elements that a path selects, in the page's order."""
        found: list[HtmlElement] = _compiled(path)(self.tree)  # type: ignore[assignment]
        return found

    @cached_property
    def named(self) -> list[tuple[HtmlElement, str, str]]:
        """The elements within body that have a class or an id, with both, in the page's order."""
        body = self.tree.find(".//body")
        elements = self.elements if body is None else body.iter("*")  # a part of a page has no body
        found = ((e, e.get("class", ""), e.get("id", "")) for e in elements)
        return [item for item in found if (item[1] or item[2]) and item[0] is not body]

    @cached_property
    def marked(self) -> list[tuple[HtmlElement, str, str]]:
        """The elements that have a rel or an itemprop, with both, in the page's order."""
        return [(e, e.get("rel", ""), e.get("itemprop", "")) for e in self.xpath("//*[@rel or @itemprop]")]

    @cached_property
    def jsonld(self) -> JsonLd:
        """The page's JSON-LD."""
        return JsonLd(self.tree)

    @cached_property
    def meta(self) -> dict[str, list[str]]:
        """`content` of the meta tags by lower-case property, name, itemprop or http-equiv, in the page's
        order."""
        found: dict[str, list[str]] = {}
        for tag in self.tree.iter("meta"):
            content = collapse(tag.get("content") or "")
            for attribute in ("property", "name", "itemprop", "http-equiv"):
                name = (tag.get(attribute) or "").strip().lower()
                if name and content:
                    found.setdefault(name, []).append(content)
        return found

    def meta_text(self, *names: str) -> str:
        """Content of the first of these meta tags that has any."""
        return next((self.meta[name][0] for name in names if name in self.meta), "")

    @cached_property
    def headings(self) -> list[str]:
        """Texts of the h1 elements."""
        return [text for h1 in self.tree.iter("h1") if (text := collapse(h1.text_content()))]

    @cached_property
    def subheadings(self) -> list[str]:
        """Texts of the h2 to h4 elements."""
        found = (collapse(element.text_content()) for element in self.tree.iter("h2", "h3", "h4"))
        return [text for text in found if text]

    @cached_property
    def title(self) -> str:
        """Text of the title element."""
        element = self.tree.find(".//title")
        return collapse(element.text_content()) if element is not None else ""

    @cached_property
    def canonical(self) -> str:
        """rel=canonical, absolute; empty without one."""
        for link in self.tree.iter("link"):
            if "canonical" in (link.get("rel") or "").lower().split() and (link.get("href") or "").strip():
                return self.absolute(link.get("href"))
        return ""

    def absolute(self, address: str) -> str:
        """An address of the page made absolute; empty where it is none."""
        try:
            found = urljoin(self.page.url, address.strip())
        except ValueError:
            return ""
        return found if found.startswith(("http://", "https://")) else ""

    @cached_property
    def declared_language(self) -> str:
        """The language that the page declares, in BCP 47's form."""
        declared = (
            self.tree.get("lang", ""),
            self.tree.get("{http://www.w3.org/XML/1998/namespace}lang", ""),
            self.jsonld.text("inLanguage"),
            self.meta_text("og:locale", "content-language", "dc.language", "language"),
            self.page.headers.get("content-language", ""),
        )
        return next(filter(None, map(normalize_language, declared)), "")

    @cached_property
    def titles(self) -> set[str]:
        """Everything that may be the headline, folded; longer than 5 characters."""
        names = ("og:title", "twitter:title", "title", "headline")
        found = [self.jsonld.text("headline"), self.title, *self.headings]
        found += [text for name in names for text in self.meta.get(name, ())]
        return {folded for folded in map(fold, found) if len(folded) > 5}

    @cached_property
    def descriptions(self) -> list[str]:
        """What may be the standfirst, folded, longest first; longer than 20 characters."""
        names = ("og:description", "description", "twitter:description")
        found = [self.jsonld.text("description")]
        found += [text for name in names for text in self.meta.get(name, ())]
        return sorted({folded for folded in map(fold, found) if len(folded) > 20}, key=len, reverse=True)

    @cached_property
    def anchors(self) -> set[str]:
        """The whole texts of the links, folded."""
        links = (link for link in self.tree.iter("a") if link.get("href"))
        texts = {" ".join(link.itertext()) if len(link) else link.text or "" for link in links}
        return set(map(fold, texts)) - {""}

    @cached_property
    def captions(self) -> set[str]:
        """Texts of captions and credits, folded; shorter than 600 characters."""
        held = [element for element, name, _ in self.named if "caption" in name or "credit" in name]
        texts = {" ".join(element.itertext()) for element in (*self.tree.iter("figcaption"), *held)}
        return {folded for folded in map(fold, texts) if 0 < len(folded) < 600}

    @cached_property
    def article_body(self) -> str:
        """JSON-LD articleBody as plain text, a line a paragraph."""
        value = self.jsonld.article.get("articleBody")
        return plain(value) if isinstance(value, str | list) else ""


@lru_cache(maxsize=64)
def _compiled(path: str) -> etree.XPath:
    return etree.XPath(path)


def once(read: Callable[[Document], _Found]) -> Callable[[Document], _Found]:
    """A reader whose find is kept with the document, for those that ask again."""

    @wraps(read)
    def kept(document: Document) -> _Found:
        name = f"{read.__module__}.{read.__qualname__}"
        if name not in document.finds:
            document.finds[name] = read(document)
        found: _Found = document.finds[name]
        return found

    return kept
