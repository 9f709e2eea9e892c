"""The extractor for every site: trafilatura for the text, the page's markup for the fields."""

from collections.abc import Iterator

import trafilatura
from lxml.html import HtmlElement

from archive.article import Article
from archive.url import article_id, site_of
from crawler.extractors import page_dates, page_kind, structured
from crawler.extractors.base import Page
from crawler.extractors.document import Document
from crawler.extractors.errors import NotAnArticle
from crawler.extractors.folding import Gram, collapse, fold, grams
from crawler.extractors.layout import unwrap_layout_tables
from crawler.extractors.line_facts import Facts
from crawler.extractors.lines import Cleaned, clean
from crawler.extractors.pictures import images
from crawler.extractors.state import text_in_state
from pipelines.text.language import detect, settled

NAME = "generic"
"""What `Article.extractor` says."""

CLIENT_RENDERED = 0.4
"""Below this share of JSON-LD articleBody's words the page's own text is taken to be missing (drawn by a
script)."""


def extract(page: Page) -> Article:
    """Read any page; raises NotAnArticle."""
    document = Document(page)
    article = _fields(document)
    cleaned = _text(document, article)
    article.article_body = cleaned.text
    article.images = images(document, cleaned.dropped_by("caption", "credit"))
    found = detect(f"{article.headline}\n{article.article_body}", document.declared_language)
    article.in_language, article.language_confidence = found.code, found.confidence
    _set_dates(document, article)
    reason = page_kind.refusal(document, article)
    if reason:
        raise NotAnArticle(reason, page.url)
    article.access = page_kind.access(document, article, cleaned.dropped_by("plea", "tail", "foreign"))
    if article.access != "full" and not article.article_body:
        article.article_body = article.description
    return article


def _fields(document: Document) -> Article:
    """Everything but text, images, language and dates."""
    page = document.page
    return Article(
        id=article_id(page.url, document.canonical),
        url=page.url,
        canonical_url=document.canonical,
        announced_url=page.announced_url or page.url,
        site=site_of(page.url),
        publisher=structured.publisher(document),
        source=page.source,
        headline=structured.headline(document) or page.announced_headline,
        description=structured.description(document),
        authors=structured.authors(document),
        article_section=structured.section(document),
        keywords=structured.keywords(document),
        credit_text=structured.credit_text(document),
        is_accessible_for_free=structured.free(document),
        robots=structured.robots(document),
        declared_language=document.declared_language,
        date_announced=page.date_announced,
        date_fetched=page.fetched_at,
        extractor=NAME,
        raw=page.raw,
    )


def _text(document: Document, article: Article) -> Cleaned:
    """The article's lines; those in the page's JSON where the HTML holds few of them."""
    unwrap_layout_tables(document.tree)
    found = trafilatura.bare_extraction(document.tree, include_comments=False)
    text = getattr(found, "text", None) or ""
    facts = Facts.of(document, article.headline, article.authors)
    if _is_client_rendered(text, facts.article_body):
        text = document.article_body
    if page_kind.count_words(text) < page_kind.TINY:
        text = text_in_state(document.tree) or text
    cleaned = clean(text, facts)
    standfirst = _visible_standfirst(document, facts, fold(" ".join(cleaned.lines)))
    if standfirst:
        cleaned.lines.insert(0, standfirst)
    return cleaned


def _is_client_rendered(text: str, body: str) -> bool:
    """Whether the page's own text lacks most of the folded articleBody, which is the longer one.

    A text in one line is articleBody itself, which trafilatura takes without its paragraphs.
    """
    shown = fold(text)
    if shown == body and "\n" not in text:
        return True
    if body.count(" ") < page_kind.TINY or len(shown) >= len(body):
        return False
    known, runs = set(grams(shown)), grams(body)
    return sum(run in known for run in runs) < len(runs) * CLIENT_RENDERED


def _visible_standfirst(document: Document, facts: Facts, folded: str) -> str:
    """A standfirst that the page shows, outside of pictures, and the text lacks; "" where there is none."""
    known: set[Gram] = set(grams(folded))
    for description in facts.descriptions:
        runs = grams(description)
        if description.count(" ") < 6 or sum(run in known for run in runs) / len(runs) > 0.3:
            continue
        for element, text in _short_elements(document, description):
            if fold(text) == description and next(element.iterancestors("figure"), None) is None:
                return text
    return ""


def _short_elements(document: Document, description: str) -> Iterator[tuple[HtmlElement, str]]:
    """The elements that may hold exactly this folded text, with their text: few, as folding costs."""
    start = description.split(" ", 1)[0]
    for element in document.tree.iter("p", "h2", "h3", "span", "div"):
        if element.tag == "div" and element.find(".//div") is not None:
            continue
        text = collapse(" ".join(element.itertext()))
        if len(description) <= len(text) < 900 and start in text.lower():
            yield element, text


def _set_dates(document: Document, article: Article) -> None:
    """Published: markup, a time element, the announcement, htmldate's guess; changed: markup."""
    language = settled(article.in_language, document.declared_language)
    published = page_dates.published(document, language)
    if published.date is None:
        published = page_dates.from_text(document, language)
    announced = page_dates.announced(document)
    if announced.date and published.source in ("", "htmldate"):
        published = announced
    article.date_published, article.date_published_raw, article.date_published_source = published
    changed = page_dates.modified(document, language)
    article.date_modified, article.date_modified_raw = changed.date, changed.raw
