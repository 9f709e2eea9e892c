"""The fields of an article: those that the page's markup gives, then those that need its text.

Where each was read is in `Document.sources`; it may name one for a field that is empty.
"""

from collections.abc import Iterable

from archive.article import Article
from archive.url import article_id, site_of
from crawler.extractors import datelines, headlines, page_dates, page_links, structured
from crawler.extractors.document import Document
from crawler.extractors.names import agency
from pipelines.text.language import detect, settled


def read_fields(document: Document, extractor: str) -> Article:
    """Everything but text, images, language, dates and what the text alone tells."""
    page = document.page
    headline = structured.headline(document) or page.announced_headline
    document.sources |= {
        "canonical_url": "link",
        "amp_url": "link",
        "translations": "link",
        "alternative_headline": "json-ld",
    }
    return Article(
        id=article_id(page.url, document.canonical),
        url=page.url,
        canonical_url=document.canonical,
        amp_url=page_links.amp_url(document),
        translations=page_links.translations(document),
        announced_url=page.announced_url or page.url,
        site=site_of(page.url),
        publisher=structured.publisher(document, headline),
        source=page.source,
        headline=headline,
        alternative_headline=headlines.alternative(document, headline),
        description=structured.description(document, headline),
        authors=structured.authors(document),
        article_section=structured.section(document, headline),
        keywords=structured.keywords(document),
        credit_text=structured.credit_text(document),
        is_accessible_for_free=structured.free(document),
        robots=structured.robots(document),
        declared_language=document.declared_language,
        date_announced=page.date_announced,
        date_fetched=page.fetched_at,
        extractor=extractor,
        raw=page.raw,
    )


def complete(document: Document, article: Article, dropped: Iterable[str] = ()) -> None:
    """Set what needs the text: language, dates, dateline and the agency that it names; `dropped` are lines
    that were cut from it."""
    found = detect(f"{article.headline}\n{article.article_body}", document.declared_language)
    article.in_language, article.language_confidence = found.code, found.confidence
    _set_dates(document, article)
    place, named = datelines.dateline(article.article_body)
    article.dateline = place
    document.sources["dateline"] = "text"
    if not article.credit_text:
        article.credit_text = (
            named
            or datelines.closing_agency(article.article_body)
            or datelines.named_source(list(dropped))
            or agency(dropped)
        )
        document.sources["credit_text"] = "text" if article.credit_text else ""


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
    document.sources |= {"date_published": published.source, "date_modified": changed.source}
