"""The index of articles: names, fields, templates.

For the base name `news` the articles lie in `news-articles-v1` behind the alias `news-articles` (to read) and
`news-articles-write`. `scrapy archive migrate` makes `-v2` and moves the aliases; while two indexes are kept
up to date, the one that is not read has the alias `news-articles-also`.

A text lies in the property of its language (`title.de`, `summary.de`, `text.de`), with that language's
analysis, and is copied to `headline`, `description` and `article_body`, which hold the folded words of every
language. No multi-fields: they would run every language's analysis on every article.

A former revision is a document of its own, `ID@NUMBER`, with `valid_until`; the alias to read from leaves
these out. While a revision is replaced the new document holds it in `previous`, see formers.py.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from elasticsearch import BadRequestError, Elasticsearch

from archive.analysis import FOLDED
from archive.elastic.analyzers import SEARCH, analysis, rule_for, text_analyzer
from archive.query import NAME_FIELDS

SCHEMA_VERSION = 2
"""Raise it when fields or analysis change; `scrapy archive migrate` then brings an archive up to date."""

WINDOW = 100_000
"""Hits that paging by `offset` reaches (Elasticsearch's `index.max_result_window`)."""

KEYWORD_MAX = 8191
"""Characters of a whole value that can be searched: Lucene's limit is 32,766 bytes, 4 a character."""

_CODES = """
ar be bg bs ca cnr cs cy da de el en eo es et eu fa fi fr ga gl he hi hr hu hy id is it ja ka kk ko ku lt lv
mk mn ms nb ne nl nn no pl ps pt ro ru sh sk sl sq sr st sv sw ta te th tl tr uk ur uz vi yi zh
"""
LANGUAGES = tuple(_CODES.split())
"""Primary BCP 47 codes with a property of their own."""

OTHER = "und"
"""The property of all other languages, and of unknown ones."""

CURRENT: dict[str, Any] = {"bool": {"must_not": {"exists": {"field": "valid_until"}}}}
"""The articles as they are, without their former revisions."""

TEXT_PROPERTIES = {"headline": "title", "description": "summary", "article_body": "text"}
"""Object that holds an article field's text by language."""


@dataclass(frozen=True, slots=True)
class Names:
    """What an archive's indexes, aliases and templates are called."""

    base: str

    @property
    def read(self) -> str:
        """The alias to read from: current revisions, where it was made by us."""
        return f"{self.base}-articles"

    @property
    def write(self) -> str:
        """The alias of the index that is written first; former revisions are read from it, too."""
        return f"{self.base}-articles-write"

    @property
    def also(self) -> str:
        """The alias of the index that is kept up to date beside it."""
        return f"{self.base}-articles-also"

    @property
    def pattern(self) -> str:
        """All versions."""
        return f"{self.base}-articles-v*"

    def index(self, number: int) -> str:
        """The index with this number."""
        return f"{self.base}-articles-v{number}"

    def number(self, index: str) -> int:
        """The number of an index; 0 for what is none of ours."""
        match = re.fullmatch(rf"{re.escape(self.base)}-articles-v(\d+)", index)
        return int(match[1]) if match else 0


def language_key(language: str) -> str:
    """The property for a BCP 47 code: its primary code, or `OTHER`."""
    primary = language.partition("-")[0].lower()
    return primary if primary in LANGUAGES else OTHER


_KEYWORD = {"type": "keyword", "ignore_above": KEYWORD_MAX}
_DATE = {"type": "date"}
_KEPT = {"type": "keyword", "index": False, "doc_values": False}
_WORDS = {"type": "text", "analyzer": FOLDED, "search_analyzer": FOLDED + SEARCH}

_FIELDS: dict[str, tuple[Mapping[str, Any], str]] = {
    "id": (_KEYWORD, "SHA-256 of the normalised address"),
    "url": (_KEYWORD, "final address"),
    "canonical_url": (_KEYWORD, "the page's rel=canonical"),
    "amp_url": (_KEPT, "the page's AMP version"),
    "translations": ({"type": "object", "enabled": False}, "address by language of the same article"),
    "announced_url": (_KEYWORD, "address under which the page was announced"),
    "site": (_KEYWORD, "host without www."),
    "site_suffixes": (_KEYWORD, "the host and every domain above it, so that a domain finds its hosts"),
    "publisher": (_KEYWORD, "name of the outlet"),
    "source": (_KEYWORD, "source through which the page was found"),
    "headline": (_WORDS, "folded words of title.LANGUAGE"),
    "description": (_WORDS, "folded words of summary.LANGUAGE"),
    "article_body": (_WORDS, "folded words of text.LANGUAGE"),
    "alternative_headline": (_WORDS, "a second headline of the page"),
    "article_body_html": (_KEPT, "the text as clean HTML"),
    "dateline": (_KEYWORD, "the place with which the text begins"),
    "authors": (_KEYWORD, "persons' names"),
    "article_section": (_KEYWORD, "the outlet's section"),
    "keywords": (_KEYWORD, "the outlet's tags"),
    "publisher_words": (_WORDS, "folded words of publisher"),
    "authors_words": (_WORDS, "folded words of authors"),
    "article_section_words": (_WORDS, "folded words of article_section"),
    "keywords_words": (_WORDS, "folded words of keywords"),
    "images": (
        {"properties": {"url": _KEPT, "caption": _WORDS, "credit": _KEYWORD}},
        "images with caption and credit",
    ),
    "credit_text": (_KEYWORD, "agency or supplier of the text"),
    "access": (_KEYWORD, "full, teaser or paywall"),
    "is_accessible_for_free": ({"type": "boolean"}, "what the page says of its access"),
    "robots": (_KEYWORD, "directives of meta robots and X-Robots-Tag"),
    "in_language": (_KEYWORD, "BCP 47 code by the text's words"),
    "language_confidence": ({"type": "float"}, "0 to 1"),
    "declared_language": (_KEYWORD, "BCP 47 code that the page declares"),
    "date_published": (_DATE, "first publication, UTC"),
    "date_published_raw": (_KEPT, "the string it was read from"),
    "date_published_source": (_KEYWORD, "where it was found"),
    "date_modified": (_DATE, "last change by the outlet, UTC"),
    "date_modified_raw": (_KEPT, "the string it was read from"),
    "date_announced": (_DATE, "time that feed or sitemap gave, UTC"),
    "date_fetched": (_DATE, "when the page was fetched, UTC"),
    "revision": ({"type": "integer"}, "number of this text of the article, 0 the first"),
    "changes": (
        {"properties": {"kind": _KEYWORD, "before": _KEPT, "after": _KEPT, "where": _KEPT}},
        "how it differs from the revision before",
    ),
    "date_revised": (_DATE, "when this text was first seen, UTC"),
    "date_unpublished": (_DATE, "when the article was found to be gone, UTC"),
    "valid_until": (_DATE, "when a newer revision replaced this one, UTC"),
    "previous": ({"type": "object", "enabled": False}, "the revision before, until it has its own document"),
    "extractor": (_KEYWORD, "extractor that read the page"),
    "raw": (
        {"properties": {"file": _KEYWORD, "offset": {"type": "long"}, "sha256": _KEYWORD}},
        "WARC file, byte offset, SHA-256 of the body",
    ),
    "fingerprint": (
        {"type": "keyword", "doc_values": False},
        "64-bit shingle hashes of the text, in decimal digits",
    ),
    "fingerprint_size": ({"type": "integer"}, "number of distinct hashes"),
    "copy_of": (
        {"properties": {"article_id": _KEYWORD, "url": _KEYWORD, "overlap": {"type": "float"}}},
        "the article whose text this one repeats",
    ),
    "is_copy": ({"type": "boolean"}, "whether it repeats another article"),
    "seed": (_KEYWORD, "ids of the seeds it is related to"),
    "relations": ({"type": "object", "enabled": False}, "how it relates to each seed, with the evidence"),
    "digest": (_KEYWORD, "SHA-256 of what the outlet published"),
    "text_length": ({"type": "integer"}, "characters of the text"),
}


def mappings() -> dict[str, Any]:
    """The strict mapping, with its version and a description of each field in `_meta`."""
    fields: dict[str, Any] = {name: dict(mapping) for name, (mapping, _) in _FIELDS.items()}
    for name in NAME_FIELDS:
        fields[name]["copy_to"] = f"{name}_words"
    described = {name: description for name, (_, description) in _FIELDS.items()}
    for field, name in TEXT_PROPERTIES.items():
        languages = {code: _text(code, field) for code in (*LANGUAGES, OTHER)}
        fields[name] = {"properties": languages}
        described[name] = (
            f"{field} as it is, by language: {name}.de, {name}.en ...; {name}.{OTHER} for others"
        )
    return {
        "dynamic": "strict",
        "_meta": {"schema_version": SCHEMA_VERSION, "fields": described},
        "properties": fields,
    }


def _text(code: str, copied_to: str) -> dict[str, Any]:
    analyzer = text_analyzer(rule_for(code))
    return {
        "type": "text",
        "analyzer": analyzer,
        "search_analyzer": analyzer + SEARCH,
        "copy_to": copied_to,
    }


def settings() -> dict[str, Any]:
    """The index settings; one shard by default, and one replica where there is a second node to hold it."""
    return {
        "refresh_interval": "1s",
        "max_result_window": WINDOW,
        "mapping.total_fields.limit": 1000,
        "auto_expand_replicas": "0-1",
    }


def put_templates(client: Elasticsearch, names: Names) -> None:
    """Component templates for the mapping with its analysis and for the settings; the index template."""
    schema, setting = f"{names.read}-schema", f"{names.read}-settings"
    meta = {"schema_version": SCHEMA_VERSION}
    client.cluster.put_component_template(
        name=schema, template={"mappings": mappings(), "settings": {"analysis": analysis()}}, meta=meta
    )
    client.cluster.put_component_template(name=setting, template={"settings": settings()}, meta=meta)
    client.indices.put_index_template(
        name=names.read,
        index_patterns=[names.pattern],
        composed_of=[schema, setting],
        priority=200,
        allow_auto_create=False,  # a late write must not bring a deleted index back to life
        meta=meta,
    )


def create_index(
    client: Elasticsearch,
    base: str,
    number: int = 1,
    *,
    shards: int | None = None,
    aliases: Mapping[str, Any] | None = None,
) -> str:
    """Make an empty index from the templates; its name. Another process may have made it first."""
    names = Names(base)
    put_templates(client, names)
    index = names.index(number)
    wanted = {"number_of_shards": shards} if shards else {}
    given = {names.read: {"filter": CURRENT}, names.write: {}} if aliases is None else aliases
    try:
        client.indices.create(index=index, settings=wanted, aliases=given)
    except BadRequestError as error:
        if error.error != "resource_already_exists_exception":
            raise
    return index


def schema_version(client: Elasticsearch, index: str) -> int:
    """The version in the mapping of an index; 0 where there is none."""
    mapping = client.indices.get_mapping(index=index)[index]["mappings"]
    return int(mapping.get("_meta", {}).get("schema_version", 0))
