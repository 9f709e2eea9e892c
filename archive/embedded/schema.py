"""The search index's fields, and how an article becomes one of its documents.

Texts arrive analysed (archive/analysis.py) with blanks between the terms, so that tantivy has nothing to do
but split at blanks. `headline`, `description` and `article_body` hold stems with their rule before them
("german:raket"); the fields that end in `_folded` hold words in folded form, for words of any language, for
beginnings and for names. The rest is matched, counted or sorted as a whole. Only id and revision are stored:
everything else is read from the store of record.

Former revisions lie in the same index: CURRENT tells them from the articles as they are, REVISED and UNTIL
say when each stood.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import tantivy

from archive.analysis import FOLDED, index_texts, rule_of
from archive.article import Article
from archive.query import DATE_FIELD, EXACT_FIELDS, NAME_FIELDS, TEXT_FIELDS
from archive.revisions import first_seen

INDEX_FORMAT = 3
"""Raise it when fields or analysis change: older indexes are then left behind and made anew."""

FACETS = ("in_language", "site", "publisher", "article_section", "access", "year", "month")
"""Fields that are counted over all matches."""

ID, FILLED, DATE = "id", "filled", DATE_FIELD
"""The article's id; the names of its fields that are not empty; its date in seconds since 1970."""

REVISION, CURRENT = "revision", "current"
"""The number of the revision; "yes" where it is the current one."""

REVISED, UNTIL = "date_revised", "until"
"""From when and until when it stood, in milliseconds since 1970, as Elasticsearch counts."""

ALWAYS = 2**62
"""`UNTIL` of what stands."""

THROUGH = "through"
"""The only field of the one document that is no article: the number of the last change in this index."""


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def folded(field: str) -> str:
    """The field that holds the folded words of this one."""
    return f"{field}_folded"


def exact(field: str) -> str:
    """The field that holds this one's whole values."""
    return f"{field}_exact"


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in TEXT_FIELDS:
        builder.add_text_field(field, tokenizer_name="blanks", index_option="position")
    for field in (*TEXT_FIELDS, *NAME_FIELDS):
        builder.add_text_field(folded(field), tokenizer_name="blanks", index_option="position")
    for field in (*(exact(field) for field in EXACT_FIELDS if field != ID), FILLED):
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic")
    for field in FACETS:
        builder.add_text_field(field, tokenizer_name="raw", index_option="basic", fast=True)
    builder.add_text_field(CURRENT, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(ID, tokenizer_name="raw", index_option="basic", fast=True, stored=True)
    builder.add_integer_field(DATE, indexed=True, fast=True)
    builder.add_unsigned_field(REVISION, stored=True)
    for field in (REVISED, UNTIL):
        builder.add_integer_field(field, indexed=True, fast=True)
    builder.add_unsigned_field(THROUGH, indexed=True, fast=True, stored=True)
    return builder.build()


SCHEMA = _schema()
"""The schema of every index of this format."""


def open_index(folder: Path, *, new: bool = False) -> tantivy.Index:
    """The index in a folder; raises ValueError for what is no sound index."""
    if not new and not tantivy.Index.exists(str(folder)):
        raise FileNotFoundError(f"no index in {folder}")
    index = tantivy.Index(SCHEMA, path=str(folder)) if new else tantivy.Index.open(str(folder))
    blanks = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    index.register_tokenizer("blanks", blanks)
    index.config_reader("manual")
    return index


def document(article: Article, until: datetime | None = None) -> tantivy.Document:
    """The article as the index holds it; `until`: when a newer revision replaced it."""
    rule = rule_of(article.in_language)
    made = tantivy.Document()
    made.add_text(ID, article.id)
    _add_time(made, article, until)
    for field in TEXT_FIELDS:
        if text := getattr(article, field):
            stems, words = index_texts(text, rule, FOLDED)
            made.add_text(field, stems)
            made.add_text(folded(field), words)
    for field in NAME_FIELDS:
        for name in _listed(getattr(article, field)):
            made.add_text(folded(field), *index_texts(name, FOLDED))
    for field, value in _exact_values(article):
        made.add_text(exact(field), value)
    for field in _filled(article):
        made.add_text(FILLED, field)
    _add_facets(made, article)
    return made


def _add_time(made: tantivy.Document, article: Article, until: datetime | None) -> None:
    """Which revision it is, and when it stood."""
    made.add_unsigned(REVISION, article.revision)
    if until is None:
        made.add_text(CURRENT, "yes")
    made.add_integer(REVISED, milliseconds(first_seen(article)))
    ends = [milliseconds(end) for end in (until, article.date_unpublished) if end]
    made.add_integer(UNTIL, min(ends, default=ALWAYS))


def _add_facets(made: tantivy.Document, article: Article) -> None:
    for facet in ("in_language", "site", "publisher", "article_section", "access"):
        if value := getattr(article, facet):
            made.add_text(facet, value)
    if published := article.date_published:
        made.add_integer(DATE, seconds(published))
        made.add_text("year", f"{published.year:04}")
        made.add_text("month", f"{published.year:04}-{published.month:02}")


def _filled(article: Article) -> list[str]:
    names = [name for name in (*TEXT_FIELDS, *NAME_FIELDS, *EXACT_FIELDS, DATE) if name != "seed"]
    filled = [name for name in names if getattr(article, name)]
    return [*filled, "seed"] if _seeds(article) else filled


def marker(through: int) -> tantivy.Document:
    """The document that says up to which change an index goes."""
    made = tantivy.Document()
    made.add_unsigned(THROUGH, through)
    return made


def seconds(time: datetime) -> int:
    """Whole seconds since 1970, rounded down."""
    return int(time.timestamp() // 1)


def milliseconds(time: datetime) -> int:
    """Whole milliseconds since 1970, rounded down."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def _listed(value: str | list[str]) -> Sequence[str]:
    values = [value] if isinstance(value, str) else value
    return [name for name in values if name]


def _exact_values(article: Article) -> Iterator[tuple[str, str]]:
    """The values of the fields that are matched as a whole."""
    yield "access", article.access
    yield "copy_of", "yes" if article.copy_of else "no"
    yield "url", article.url
    for seed in _seeds(article):
        yield "seed", seed
    language = article.in_language.lower().split("-")
    for count in range(1, len(language) + 1):  # "zh-hant" is found by "zh" and "zh-hant"
        yield "in_language", "-".join(language[:count])
    host = article.site.lower().split(".")
    for start in range(len(host)):  # "news.bbc.co.uk" is found by itself, "bbc.co.uk", "co.uk" and "uk"
        yield "site", ".".join(host[start:])


def _seeds(article: Article) -> list[str]:
    return [relation.seed for relation in article.relations if relation.related]
