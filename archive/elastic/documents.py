"""An article as a document of the index, and back, without loss."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from archive.article import Article
from archive.elastic.schema import TEXT_PROPERTIES, language_key
from archive.records import signed

_DERIVED = ("site_suffixes", "fingerprint_size", "is_copy", "seed", "digest", "text_length")
"""Fields that are made from others for searching and counting."""

_PLACE = ("id", "valid_until", "previous")
"""Fields that say which revision a document is, and what stood before."""


def document(article: Article) -> dict[str, Any]:
    """The document; empty fields are left out. Raises TypeError or ValueError for what has no JSON form."""
    record = {name: value for name, value in article.to_dict().items() if value not in ("", [], {}, None)}
    language = language_key(article.in_language)
    for field, name in TEXT_PROPERTIES.items():
        if text := record.pop(field, ""):
            record[name] = {language: text}
    if article.fingerprint:
        record["fingerprint"] = [str(value) for value in article.fingerprint]
    host = article.site.lower().split(".")
    record |= {
        "site_suffixes": [".".join(host[start:]) for start in range(len(host))] if article.site else [],
        "fingerprint_size": len({signed(value) for value in article.fingerprint}),
        "is_copy": article.copy_of is not None,
        "seed": [relation.seed for relation in article.relations if relation.related],
        "digest": article.digest,
        "text_length": len(article.article_body),
    }
    record.setdefault("date_revised", record["date_fetched"])
    return record


def former_id(article_id: str, revision: int) -> str:
    """The id of the document of a former revision."""
    return f"{article_id}@{revision}"


def former(article: Article, until: datetime) -> dict[str, Any]:
    """The document of a revision that was replaced at this time."""
    place = {"id": former_id(article.id, article.revision), "valid_until": until.astimezone(UTC).isoformat()}
    return document(article) | place


def article_of(source: Mapping[str, Any]) -> Article:
    """The article of a document's `_source`."""
    left_out = {*_DERIVED, *_PLACE}
    record = {name: value for name, value in source.items() if name not in left_out}
    record["id"] = source["id"].partition("@")[0]
    for field, name in TEXT_PROPERTIES.items():
        record[field] = next(iter(record.pop(name, {}).values()), "")
    record["fingerprint"] = [int(value) for value in record.get("fingerprint", [])]
    return Article.from_dict(record)


def placed(made: dict[str, Any], source: Mapping[str, Any]) -> dict[str, Any]:
    """A document made anew, as the revision that its source is."""
    return made | {name: source[name] for name in _PLACE if name in source}


def unsigned(value: int) -> int:
    """A 64-bit hash as an unsigned integer."""
    return value + (1 << 64) if value < 0 else value
