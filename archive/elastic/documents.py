"""An article as a document of the index, and back, without loss."""

from collections.abc import Mapping
from typing import Any

from archive.article import Article
from archive.elastic.schema import TEXT_PROPERTIES, language_key
from archive.records import signed

_DERIVED = ("site_suffixes", "fingerprint_size", "is_copy", "seed", "digest", "text_length")
"""Fields that are made from others for searching and counting."""


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
    return record


def article_of(source: Mapping[str, Any]) -> Article:
    """The article of a document's `_source`."""
    record = {name: value for name, value in source.items() if name not in _DERIVED}
    for field, name in TEXT_PROPERTIES.items():
        record[field] = next(iter(record.pop(name, {}).values()), "")
    record["fingerprint"] = [int(value) for value in record.get("fingerprint", [])]
    return Article.from_dict(record)


def unsigned(value: int) -> int:
    """A 64-bit hash as an unsigned integer."""
    return value + (1 << 64) if value < 0 else value
