"""The neutral query -> tantivy's, made of objects, never of query strings."""

import heapq
import math
import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import tantivy
from tantivy import Occur

from archive.analysis import FOLDED, QueryTerm, index_term, index_texts, query_terms, rule_of
from archive.article import Article
from archive.embedded.schema import DATE, FILLED, ID, SCHEMA, exact, folded, seconds
from archive.query import (
    DEFAULT_FIELD,
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

BOOSTS = {"headline": 1.5}
"""Weights of a word by its field, the others' being 1.

BM25 alone prefers the headline, for it is short. On a development set of related coverage (2,550 articles
with a headline, 129 queries of the 2, 3 and 5 rarest words of one, nDCG@10) 1 gave .654, .772, .855; 1.5 gave
.651, .765, .846; 3 gave .643, .749, .827. So 1.5: enough for what a reader expects of one word, at little
cost. The sum of a word's stemmed and folded form was better there than the greater of the two.
"""

SIMILAR_TERMS = 25
"""Terms by which similar articles are sought: as many as Elasticsearch's more_like_this takes."""


class Compiler:
    """Compiles queries; `languages` are those that articles of the archive are in."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.schema = SCHEMA
        self.rules = list(dict.fromkeys(rule_of(language) for language in languages))

    def compile(self, query: Query) -> tantivy.Query:
        """The query with its filters; without a condition on words it scores 0."""
        if query.languages:
            self.rules = list(dict.fromkeys(rule_of(language) for language in query.languages))
        filters = []
        if query.languages:
            filters.append(self.any_value(exact("in_language"), query.languages))
        if query.sites:
            filters.append(self.any_value(exact("site"), query.sites))
        if query.dates:
            filters.append(self.filter(query.dates))
        must = [self.node(query.root), *(_unscored(part) for part in filters)]
        return tantivy.Query.boolean_query([(Occur.Must, part) for part in must])

    def node(self, node: Node) -> tantivy.Query:
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
        return _unscored(self.filter(node))

    def filter(self, node: Everything | Exact | Filled | Dated) -> tantivy.Query:
        """A condition that says yes or no, without a score."""
        match node:
            case Exact(field, value):
                return self.any_value(field if field == ID else exact(field), [value])
            case Filled(field):
                return self.any_value(FILLED, [field])
            case Dated(start, end):
                return self.dated(start, end)
        return everything()

    def all_parts(self, parts: Sequence[Node]) -> tantivy.Query:
        """Every part; a query of nothing but NOT starts from all articles."""
        clauses = []
        for part in parts:
            if isinstance(part, NoneOf):
                clauses.append((Occur.MustNot, self.node(part.part)))
            else:
                clauses.append((Occur.Must, self.node(part)))
        if all(occur == Occur.MustNot for occur, _ in clauses):
            clauses.append((Occur.Must, _unscored(everything())))
        return tantivy.Query.boolean_query(clauses)

    def words(self, node: Words) -> tantivy.Query:
        """The words by each language's rule and in folded form, in each field that they may stand in."""
        options = []
        for field in TEXT_FIELDS if node.field == DEFAULT_FIELD else (node.field,):
            rules = self.rules if field in TEXT_FIELDS and not node.prefix else []
            found = [self.sequence(field, rule, query_terms(node.text, rule), node.slop) for rule in rules]
            terms = query_terms(node.text, FOLDED, prefix=node.prefix)
            found.append(self.sequence(folded(field), FOLDED, terms, node.slop))
            options.append(tantivy.Query.boost_query(any_of(found), BOOSTS.get(field, 1.0)))
        return any_of(options)

    def sequence(self, field: str, rule: str, terms: Sequence[QueryTerm], slop: int) -> tantivy.Query:
        """These terms at these places, or the one term."""
        if not terms:
            return tantivy.Query.empty_query()
        places: list[str | tuple[int, str]]
        if any(term.prefix for term in terms):
            places = [(term.position, _pattern(term, rule)) for term in terms]
            if len(terms) == 1:
                return tantivy.Query.regex_query(self.schema, field, _pattern(terms[0], rule))
            return tantivy.Query.regex_phrase_query(self.schema, field, places, slop)
        places = [(term.position, index_term(term.term, rule)) for term in terms]
        if len(terms) == 1:
            return tantivy.Query.term_query(self.schema, field, index_term(terms[0].term, rule))
        return tantivy.Query.phrase_query(self.schema, field, places, slop)

    def any_value(self, field: str, values: Sequence[str]) -> tantivy.Query:
        """Any of these whole values."""
        return any_of([tantivy.Query.term_query(self.schema, field, value, "basic") for value in values])

    def dated(self, start: datetime | None, end: datetime | None) -> tantivy.Query:
        """Published from `start` until before `end`, to the second."""
        if start is None and end is None:
            return self.any_value(FILLED, [DATE])
        return tantivy.Query.range_query(
            self.schema,
            DATE,
            tantivy.FieldType.Integer,
            lower_bound=seconds(start) if start else None,
            upper_bound=seconds(end) - 1 if end else None,
        )


def _pattern(term: QueryTerm, rule: str) -> str:
    return re.escape(index_term(term.term, rule)) + (".*" if term.prefix else "")


def everything() -> tantivy.Query:
    """Every article, and not the index's own marker."""
    return tantivy.Query.exists_query(ID)


def any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """Any of the queries; the scores of those that match are added."""
    return (
        queries[0] if len(queries) == 1 else tantivy.Query.boolean_query([(Occur.Should, q) for q in queries])
    )


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def similar_to(searcher: tantivy.Searcher, article: Article) -> tantivy.Query:
    """Any of the article's `SIMILAR_TERMS` most telling terms (often here, rare elsewhere); not itself."""
    rule = rule_of(article.in_language)
    (terms,) = index_texts(f"{article.headline}\n{article.article_body}", rule)
    counts = Counter(terms.split())
    total = searcher.num_docs
    weights = {}
    for term, count in counts.items():
        frequency = searcher.doc_freq("article_body", term)
        if frequency:
            weights[term] = (1 + math.log(count)) * math.log(1 + total / frequency)
    telling = heapq.nlargest(SIMILAR_TERMS, weights, key=lambda term: (weights[term], term))
    fields = ("headline", "article_body")
    either = [tantivy.Query.term_query(SCHEMA, field, term) for term in telling for field in fields]
    itself = tantivy.Query.term_query(SCHEMA, ID, article.id, "basic")
    return tantivy.Query.boolean_query([(Occur.Must, any_of(either)), (Occur.MustNot, itself)])
