"""The neutral query -> Elasticsearch's query DSL, with the same meaning as the embedded archive's."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from elasticsearch import Elasticsearch

from archive.analysis import FOLDED, PLAIN, QueryTerm, query_terms
from archive.article import Article
from archive.elastic.analyzers import CHARACTERS, MIXED, SEARCH, rule_for, text_analyzer
from archive.elastic.documents import unsigned
from archive.elastic.schema import CURRENT, TEXT_PROPERTIES, language_key
from archive.query import (
    BOOSTS,
    DATE_FIELD,
    DEFAULT_FIELD,
    STEM_WEIGHT,
    TEXT_FIELDS,
    AllOf,
    AnyOf,
    Dated,
    Everything,
    Exact,
    Filled,
    Node,
    NoneOf,
    Query,
    Words,
)
from archive.records import signed
from archive.telling import telling_terms

Dsl = dict[str, Any]

NEAR_CLAUSES = 1000
"""Parts that a search for near texts has at most: Elasticsearch may allow no more than 1,024. Long texts have
more hashes than that; then each part stands for several."""

PREFIX_TERMS = 10_000
"""Words that the beginning at the end of a phrase may stand for."""

_EXACT = {"copy_of": "is_copy", "site": "site_suffixes"}
_FILLED = {"copy_of": "copy_of.article_id"}


class Compiler:
    """Compiles queries; `languages` are those that articles of the archive are in."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.keys = list(dict.fromkeys(language_key(language) for language in languages))
        self.past = False
        """Whether the query is about former revisions, too."""

    def compile(self, query: Query) -> Dsl:
        """The query with its filters; without a condition on words it scores 0."""
        if query.languages:
            self.keys = list(dict.fromkeys(language_key(language) for language in query.languages))
        self.past = query.as_of is not None
        filters = [standing(query.as_of) if query.as_of else CURRENT]
        if query.languages:
            filters.append(any_of([self.filter(Exact("in_language", code)) for code in query.languages]))
        if query.sites:
            filters.append({"terms": {"site_suffixes": list(query.sites)}})
        if query.dates:
            filters.append(self.filter(query.dates))
        return {"bool": {"must": [self.node(query.root)], "filter": filters}}

    def node(self, node: Node) -> Dsl:
        """The condition and all under it."""
        match node:
            case AllOf(parts):
                return self.all_parts(parts)
            case AnyOf(parts):
                return any_of([self.node(part) for part in parts])
            case NoneOf():
                return self.all_parts([node])
            case Words():
                return self.words(node)
        return {"constant_score": {"filter": self.filter(node), "boost": 0.0}}

    def all_parts(self, parts: Sequence[Node]) -> Dsl:
        """Every part; a query of nothing but NOT starts from all articles."""
        without = [self.node(part.part) for part in parts if isinstance(part, NoneOf)]
        must = [self.node(part) for part in parts if not isinstance(part, NoneOf)]
        return {"bool": {"must": must or [self.node(Everything())], "must_not": without}}

    def filter(self, node: Everything | Exact | Filled | Dated) -> Dsl:
        """A condition that says yes or no, without a score."""
        match node:
            case Exact("in_language", value):
                here = {"value": value, "case_insensitive": True}
                under = {"value": f"{value}-", "case_insensitive": True}
                return any_of([{"term": {"in_language": here}}, {"prefix": {"in_language": under}}])
            case Exact("copy_of", value):
                return {"term": {"is_copy": value == "yes"}} if value in ("yes", "no") else nothing()
            case Exact(field, value):
                is_it: Dsl = {"term": {_EXACT.get(field, field): value}}
                former = field == "id" and self.past
                return any_of([is_it, {"prefix": {"id": f"{value}@"}}]) if former else is_it
            case Filled(field):
                return {"exists": {"field": _FILLED.get(field, field)}}
            case Dated(start, end):
                return _dated(start, end)
        return {"match_all": {}}

    def words(self, node: Words) -> Dsl:
        """The words in each language's form and in folded form, in each field that they may stand in."""
        options = []
        for field in TEXT_FIELDS if node.field == DEFAULT_FIELD else (node.field,):
            found = [_folded(field if field in TEXT_PROPERTIES else f"{field}_words", node)]
            if field in TEXT_PROPERTIES and not node.prefix:
                name = TEXT_PROPERTIES[field]
                found += [_sequence(f"{name}.{key}", node, rule_for(key), STEM_WEIGHT) for key in self.keys]
            options.append({"bool": {"should": found, "boost": BOOSTS.get(field, 1.0)}})
        return any_of(options)


def _sequence(field: str, node: Words, rule: str, weight: float = 1.0) -> Dsl:
    """The words in their order, or the one; with slop what counts is how often each is there."""
    terms = _terms(node, rule)
    phrase = _phrase(node, rule) | {"boost": weight}
    found: Dsl = {"match_phrase": {field: phrase | {"slop": node.slop}}}
    if len(terms) == 1 and terms[0].prefix:  # one character stands for all terms that begin with it
        return {"constant_score": {"filter": found, "boost": weight}}
    if len(terms) > 1 and node.slop:
        return {"bool": {"must": [{"match": {field: phrase | {"operator": "and"}}}], "filter": [found]}}
    return found


def _phrase(node: Words, rule: str) -> Dsl:
    phrase: Dsl = {"query": node.text}
    places = [term.position for term in _terms(node, rule)]
    if places != list(range(len(places))):  # something stands behind a run of unspaced characters
        phrase["analyzer"] = text_analyzer(rule if rule in MIXED else PLAIN) + CHARACTERS
    return phrase


def _terms(node: Words, rule: str) -> list[QueryTerm]:
    """Where the terms stand; all rules but `FOLDED` agree on it."""
    return query_terms(node.text, FOLDED if rule == FOLDED else PLAIN, prefix=node.prefix)


def _folded(field: str, node: Words) -> Dsl:
    terms = _terms(node, FOLDED)
    if not node.prefix or not terms or not terms[-1].prefix:
        return _sequence(field, node, FOLDED)
    if len(terms) == 1:
        return {"prefix": {field: {"value": terms[0].term}}}
    return {"match_phrase_prefix": {field: _phrase(node, FOLDED) | {"max_expansions": PREFIX_TERMS}}}


def _dated(start: datetime | None, end: datetime | None) -> Dsl:
    if start is None and end is None:
        return {"exists": {"field": DATE_FIELD}}
    bounds = {"gte": start and start.isoformat(), "lt": end and end.isoformat()}
    return {"range": {DATE_FIELD: {name: bound for name, bound in bounds.items() if bound}}}


def standing(before: datetime) -> Dsl:
    """The revisions that stood just before this moment."""
    moment = {"lt": before.isoformat()}
    ended = [{"range": {field: moment}} for field in ("valid_until", "date_unpublished")]
    return {"bool": {"filter": [{"range": {"date_revised": moment}}], "must_not": ended}}


def any_of(queries: Sequence[Dsl]) -> Dsl:
    """Any of the queries; the scores of those that match are added."""
    return queries[0] if len(queries) == 1 else {"bool": {"should": list(queries), "minimum_should_match": 1}}


def nothing() -> Dsl:
    """Matches no article."""
    return {"match_none": {}}


def similar_to(client: Elasticsearch, index: str, article: Article) -> Dsl:
    """Any of the article's most telling words, in articles of its language; not itself.

    Asks the index how many articles hold each word. (`more_like_this` weighs words otherwise, and worse.)
    """
    key = language_key(article.in_language)
    field = f"text.{key}"
    answer = client.termvectors(
        index=index,
        doc={"text": {key: f"{article.headline}\n{article.article_body}"}},
        fields=[field],
        per_field_analyzer={field: text_analyzer(rule_for(key)) + SEARCH},
        term_statistics=True,
        positions=False,
        offsets=False,
    )
    found = answer["term_vectors"].get(field)
    if not found or not found["field_statistics"]:
        return nothing()
    counts = {term: entry["term_freq"] for term, entry in found["terms"].items()}
    frequencies = {term: entry.get("doc_freq", 0) for term, entry in found["terms"].items()}
    telling = telling_terms(counts, frequencies, found["field_statistics"]["doc_count"])
    fields = (f"title.{key}", field)
    either = [{"term": {name: term}} for term in telling for name in fields]
    if not either:
        return nothing()
    itself = {"term": {"id": article.id}}
    return {"bool": {"must": [any_of(either)], "filter": [CURRENT], "must_not": [itself]}}


def near_to(fingerprint: Sequence[int], shared: int) -> Dsl:
    """Articles with at least so many of these hashes; the score is about their number.

    Of a text with more than `NEAR_CLAUSES` hashes it finds all with one of them at least.
    """
    hashes = sorted({signed(value) for value in fingerprint})
    parts = [hashes[start::NEAR_CLAUSES] for start in range(min(len(hashes), NEAR_CLAUSES))]
    either_way = [[form for value in part for form in {str(value), str(unsigned(value))}] for part in parts]
    clauses = [{"constant_score": {"filter": {"terms": {"fingerprint": forms}}}} for forms in either_way]
    enough = shared if len(parts) == len(hashes) else 1
    return {"bool": {"should": clauses, "minimum_should_match": enough, "filter": [CURRENT]}}
