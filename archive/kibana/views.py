"""The data views and the saved search."""

from archive.elastic import runs, schema
from archive.kibana.names import Names
from archive.kibana.objects import Saved, data_view, saved_search

LINK: Saved = {"id": "url", "params": {"type": "a", "openLinkInCurrentTab": False}}
BYTES: Saved = {"id": "bytes"}
PERCENT: Saved = {"id": "percent", "params": {"pattern": "0.0%"}}

_ARTICLE_FORMATS = {
    "url": LINK,
    "canonical_url": LINK,
    "announced_url": LINK,
    "copy_of.url": LINK,
    "copy_of.overlap": PERCENT,
    "language_confidence": PERCENT,
}
_RUN_FORMATS = {"failed_share": PERCENT, "response_bytes": BYTES, "memory_bytes": BYTES}

SHOWN = ("in_language", "site", "headline", "access", "url")
"""Columns of the saved search. `headline` is not in the documents, but Discover asks Elasticsearch for
fields, and that answers with the texts it was copied from (title.de, title.en ...)."""


def views(names: Names) -> list[Saved]:
    """Articles by publication, articles by fetch, run reports."""
    articles = schema.Names(names.base).read
    told = _told_of_articles()
    return [
        data_view(
            names.articles,
            f"Articles ({names.base})",
            articles,
            "date_published",
            descriptions=told,
            formats=_ARTICLE_FORMATS,
        ),
        data_view(
            names.fetched,
            f"Articles by fetch ({names.base})",
            articles,
            "date_fetched",
            descriptions=told,
            formats=_ARTICLE_FORMATS,
        ),
        data_view(
            names.runs,
            f"Crawl runs ({names.base})",
            runs.alias(names.base),
            "started_at",
            descriptions={field: about for field, (_, about, _) in runs.described().items()},
            formats=_RUN_FORMATS,
        ),
    ]


def search(names: Names) -> Saved:
    """Articles, the newest first."""
    return saved_search(
        names.search,
        f"Articles, newest first ({names.base})",
        "Each article with its date of publication, language, outlet and headline",
        view=names.articles,
        columns=SHOWN,
        newest_by="date_published",
    )


def _told_of_articles() -> dict[str, str]:
    """Fields of their own; objects are none for Kibana."""
    mapping = schema.mappings()
    kinds = {name: field.get("type", "object") for name, field in mapping["properties"].items()}
    told: dict[str, str] = mapping["_meta"]["fields"]
    return {name: text for name, text in told.items() if kinds[name] != "object"}
