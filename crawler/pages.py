"""A response as the page that extractors read."""

from scrapy.http import Response

from archive.clock import now
from crawler.extractors.base import Page
from crawler.ledger_records import Work
from crawler.settling import headers_of, raw_of


def page_of(response: Response, work: Work, *, publisher: str = "") -> Page:
    """The page with what was known of it before; `publisher`: the outlet's name by its source, if any."""
    return Page(
        url=response.url,
        body=response.body,
        headers=headers_of(response),
        status=response.status,
        fetched_at=now(),
        raw=raw_of(response),
        announced_url=work.url,
        source=work.source,
        publisher=publisher,
        announced_headline=work.headline,
        date_announced=work.date_published,
    )
