"""Extractors of single sites: where the text stands in a site's pages, by CSS selectors and date.

A module of `crawler.extractors.sites` has `SITES` (host names; a host's subdomains belong to it) and
`LAYOUTS` (newest first). What a layout does not say, the generic extractor finds.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from html import escape
from typing import NamedTuple

from cssselect import HTMLTranslator
from lxml import etree, html
from lxml.html import HtmlElement

from archive.article import Article
from archive.url import host_of
from crawler.extractors import generic
from crawler.extractors.base import Page
from crawler.extractors.document import Document
from crawler.extractors.extraction import Extraction
from crawler.extractors.folding import collapse, fold, grams
from crawler.extractors.page_dates import page_zone, published
from pipelines.text.dates import parse_local, plausible

BLOCKS = ("p", "div", "section", "h1", "h2", "h3", "h4", "ul", "ol", "table", "blockquote", "figure")
"""Elements that make a text of several blocks."""

LONG = 100
"""Characters of a paragraph outside of the body that is no byline or date: it goes, or a short article would
be taken for less than the page's text."""

LEAST = 150
"""Characters that a layout's body must hold; with fewer the layout is not the page's."""

OWN = 0.5
"""Least share of the article's runs of four words that must stand in the layout's body: what is there may be
drawn by a script, or what was dropped have been all of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One form of a site's pages. All but `since` are CSS selectors; empty: left to the generic extractor."""

    since: date
    """The day from which the site's pages have this form, as far as known."""
    body: str = ""
    """The elements that hold the text, such as "div.story, ul.facts"; no other text of the page is read."""
    standfirst: str = ""
    """The standfirst's element, if it is outside of the body or the line filter takes it for a teaser."""
    drop: str = ""
    """Elements taken out of the page first: boxes, teasers, buttons."""
    headline: str = ""
    """The headline's element: the first that has text."""
    authors: str = ""
    """Elements that hold one author's name each."""
    published: str = ""
    """The element of the publication's time: its datetime or content attribute, else its text."""
    section: str = ""
    """The section's element: the first that has text."""


class LayoutError(Exception):
    """No layout of the site fits the page."""


class _Fields(NamedTuple):
    """What a layout's selectors found; empty values are left to the generic extractor."""

    headline: str
    standfirst: str
    authors: list[str]
    published: str
    section: str


def extractor(name: str, layouts: Iterable[Layout]) -> Callable[[Page], Extraction]:
    """The function, called `name`, that reads a page by the first of the layouts that fits it.

    It raises LayoutError where none does, and whatever a layout of a page that has changed may lead to.
    """
    known = tuple(layouts)

    def extract(page: Page) -> Extraction:
        found = _by_layout(page, known)
        found.article.extractor = name
        return found

    extract.__name__ = name
    return extract


def _by_layout(page: Page, layouts: tuple[Layout, ...]) -> Extraction:
    document = Document(page)
    day = _day(document)
    held = sorted(layouts, key=lambda layout: (layout.since <= day, layout.since), reverse=True)
    for layout in held:
        if layout.body and _length(_elements(document.tree, layout.body), layout.drop) < LEAST:
            continue
        fields = _fields(document.tree, layout)
        chosen = _arrange(document.tree, layout)
        _name_headline(document.tree, fields.headline)
        found = generic.extract(_as_page(page, document.tree))
        if not _is_from(found.article.article_body, chosen):
            raise LayoutError(f"the text of the layout of {layout.since} was not read")
        _set_fields(found, fields)
        return replace(found, layout=f"since {layout.since}")
    raise LayoutError(f"none of {len(layouts)} layouts of {host_of(page.url)} has the text")


def _day(document: Document) -> date:
    """The day by which the layout is chosen first: publication, else fetch."""
    found = published(document, document.declared_language).date
    return (found or document.page.fetched_at).astimezone(UTC).date()


def _length(elements: list[HtmlElement], drop: str) -> int:
    """Characters of text in the elements, without those of the dropped ones."""
    total = sum(len(collapse(element.text_content())) for element in elements)
    dropped = {found for element in elements for found in _elements(element, drop)}
    inner = [found for found in dropped if not any(above in dropped for above in found.iterancestors())]
    return total - sum(len(collapse(found.text_content())) for found in inner)


@lru_cache(maxsize=256)
def _selector(css: str) -> etree.XPath:
    return etree.XPath(HTMLTranslator().css_to_xpath(css))  # lxml's own translator fails at :contains()


def _elements(tree: HtmlElement, css: str) -> list[HtmlElement]:
    """The elements in the page's order; one inside of another is left out."""
    found: list[HtmlElement] = _selector(css)(tree) if css else []  # type: ignore[assignment]
    chosen = set(found)
    return [one for one in found if not any(above in chosen for above in one.iterancestors())]


def _texts(tree: HtmlElement, css: str) -> list[str]:
    return [text for one in _elements(tree, css) if (text := _text(one))]


def _text(element: HtmlElement) -> str:
    """An element's text in one line; a line break is a space."""
    for line_break in element.iter("br"):
        line_break.tail = "\n" + (line_break.tail or "")
    return collapse(element.text_content())


def _fields(tree: HtmlElement, layout: Layout) -> _Fields:
    times = (
        one.get("datetime") or one.get("content") or collapse(one.text_content())
        for one in _elements(tree, layout.published)
    )
    return _Fields(
        headline=next(iter(_texts(tree, layout.headline)), ""),
        standfirst=next(iter(_texts(tree, layout.standfirst)), ""),
        authors=list(dict.fromkeys(name.strip(" |,;·•") for name in _texts(tree, layout.authors))),
        published=next(filter(None, times), ""),
        section=next(iter(_texts(tree, layout.section)), ""),
    )


def _is_from(text: str, chosen: str) -> bool:
    """Whether a text was read where the layout has it; an empty one never was."""
    runs, known = grams(fold(text)), set(grams(fold(chosen)))
    return bool(text) and (not chosen or sum(run in known for run in runs) >= len(runs) * OWN)


def _arrange(tree: HtmlElement, layout: Layout) -> str:
    """Take out what the layout drops; put its body into one element, and all else where no text is read.

    The rest stays in the page: bylines, times, pictures and links are read from there. Returns the text of
    the body; "" where the layout names none.
    """
    for element in _elements(tree, layout.drop):
        element.drop_tree()
    wanted, page_body = _elements(tree, layout.body), tree.find("body")
    if not wanted or page_body is None:
        return ""
    text = html.Element("article", itemprop="articleBody")
    wanted[0].addprevious(text)
    for element in wanted:
        element.tail = None
        _trust(element)
        if element.tag in ("div", "span") and all(inner is element for inner in element.iter(*BLOCKS)):
            element.tag = "p"
        text.append(element)
    before, after = _around(text, page_body)
    page_body[:] = [_unread(before), text, _unread(after)]
    return str(text.text_content())


def _around(element: HtmlElement, page_body: HtmlElement) -> tuple[list[HtmlElement], list[HtmlElement]]:
    """The elements before and after an element in the page's order, its ancestors left out."""
    before: list[HtmlElement] = []
    after: list[HtmlElement] = []
    while element is not page_body:
        before = [*reversed(list(element.itersiblings(preceding=True))), *before]
        after += element.itersiblings()
        parent = element.getparent()
        if parent is None:
            break
        element = parent
    return before, after


def _unread(elements: list[HtmlElement]) -> HtmlElement:
    """The elements in one that the generic extractor reads no text from."""
    rest = html.Element("noindex")  # trafilatura leaves it out, as search engines do
    rest.extend(elements)
    for element in list(rest.iter("p", "blockquote", "pre", "td")):
        if len(collapse(element.text_content())) >= LONG and element.getparent() is not None:
            element.drop_tree()
    return rest


def _trust(element: HtmlElement) -> None:
    """Take away names, such as "paywall", for which the generic extractor would leave out a layout's text."""
    for inner in element.iter("div", "section", "span", "article"):
        if inner is element or "paywall" in inner.get("class", ""):
            inner.attrib.pop("class", None)
            inner.attrib.pop("id", None)


def _name_headline(tree: HtmlElement, headline: str) -> None:
    """Tell the line filter which line of the text is the headline."""
    head = tree.find("head")
    if head is not None and headline:
        head.append(html.Element("meta", name="headline", content=headline))


def _as_page(page: Page, tree: HtmlElement) -> Page:
    body = html.tostring(tree, encoding="unicode").encode("utf-8", "replace")
    return replace(page, body=body, headers={**page.headers, "content-type": "text/html; charset=utf-8"})


def _set_fields(found: Extraction, fields: _Fields) -> None:
    article, document = found.article, found.document
    _put_first(article, fields.standfirst)
    for name, value in (
        ("headline", fields.headline),
        ("authors", fields.authors),
        ("article_section", fields.section),
    ):
        if value:
            setattr(article, name, value)
            document.sources[name] = "layout"
    local = _time(fields.published, document)
    if local:
        article.date_published, article.date_published_raw = local.astimezone(UTC), fields.published
        article.date_published_source = "time"
        document.sources["date_published"] = "layout"


def _put_first(article: Article, standfirst: str) -> None:
    """Make the standfirst the text's first paragraph, in place of one that is a part of it."""
    whole = fold(standfirst)
    if whole in fold(article.article_body):
        return
    first, _, others = article.article_body.partition("\n\n")
    is_part = fold(first) in whole
    article.article_body = f"{standfirst}\n\n{others if is_part else article.article_body}".strip()
    if article.article_body_html:
        rest = article.article_body_html.partition("</p>")[2] if is_part else article.article_body_html
        article.article_body_html = f"<p>{escape(standfirst)}</p>{rest}"


def _time(raw: str, document: Document) -> datetime | None:
    """The instant of a written time, None for none that can be."""
    fetched_at = document.page.fetched_at
    local = parse_local(
        raw, language=document.declared_language, base=fetched_at, timezone=page_zone(document)
    )
    return local if local and plausible(local, fetched_at) else None


def skeleton(host: str) -> str:
    """The text of a new module for a host, to be filled in: crawler/extractors/sites/NAME.py."""
    return f'''"""{host}. Captures met: (set, year, number of pages)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("{host}",)

LAYOUTS = (
    Layout(
        since=date({datetime.now(UTC).year}, 1, 1),
        body="article p, article h2",
        drop="aside, .newsletter",
    ),
)
'''
