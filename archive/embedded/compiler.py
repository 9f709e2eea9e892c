"""The neutral query -> tantivy's, made of objects, never of query strings."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import datetime

import tantivy
from tantivy import Occur

from archive.analysis import FOLDED, QueryTerm, index_term, index_texts, query_terms, rule_of
from archive.article import Article
from archive.embedded.schema import (
    CURRENT,
    DATE,
    FILLED,
    ID,
    REVISED,
    SCHEMA,
    UNTIL,
    exact,
    folded,
    milliseconds,
    seconds,
)
from archive.query import (
    BOOSTS,
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
from archive.telling import telling_terms


class Compiler:
    """Compiles queries; `languages` are those that articles of the archive are in."""

    def __init__(self, languages: Sequence[str]) -> None:
        self.schema = SCHEMA
        self.rules = list(dict.fromkeys(rule_of(language) for language in languages))

    def compile(self, query: Query) -> tantivy.Query:
        """The query with its filters; without a condition on words it scores 0."""
        if query.languages:
            self.rules = list(dict.fromkeys(rule_of(language) for language in query.languages))
        filters = standing(query.as_of) if query.as_of else [current()]
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
            stems = [self.sequence(field, rule, query_terms(node.text, rule), node.slop) for rule in rules]
            found = [tantivy.Query.boost_query(stem, STEM_WEIGHT) for stem in stems]
            terms = query_terms(node.text, FOLDED, prefix=node.prefix)
            found.append(self.sequence(folded(field), FOLDED, terms, node.slop))
            options.append(tantivy.Query.boost_query(any_of(found), BOOSTS.get(field, 1.0)))
        return any_of(options)

    def sequence(self, field: str, rule: str, terms: Sequence[QueryTerm], slop: int) -> tantivy.Query:
        """These terms at these places, or the one term; with slop what counts is how often each is there."""
        if not terms:
            return tantivy.Query.empty_query()
        each = [self.term(field, rule, term) for term in terms]
        if len(terms) == 1:
            return each[0]
        places: list[str | tuple[int, str]]
        if any(term.prefix for term in terms):
            places = [(term.position, _pattern(term, rule)) for term in terms]
            phrase = tantivy.Query.regex_phrase_query(self.schema, field, places, slop)
        else:
            places = [(term.position, index_term(term.term, rule)) for term in terms]
            phrase = tantivy.Query.phrase_query(self.schema, field, places, slop)
        if not slop:
            return phrase
        return tantivy.Query.boolean_query([(Occur.Must, part) for part in (_unscored(phrase), *each)])

    def term(self, field: str, rule: str, term: QueryTerm) -> tantivy.Query:
        """One term, or all that begin with it."""
        if term.prefix:
            return tantivy.Query.regex_query(self.schema, field, _pattern(term, rule))
        return tantivy.Query.term_query(self.schema, field, index_term(term.term, rule))

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
    """Every revision of every article, and not the index's own marker."""
    return tantivy.Query.exists_query(ID)


def current() -> tantivy.Query:
    """The articles as they are."""
    return tantivy.Query.term_query(SCHEMA, CURRENT, "yes", "basic")


def standing(before: datetime) -> list[tantivy.Query]:
    """The revisions that stood just before this moment: conditions, all of which they meet."""
    moment, kind = milliseconds(before), tantivy.FieldType.Integer
    return [
        tantivy.Query.range_query(SCHEMA, REVISED, kind, upper_bound=moment - 1),
        tantivy.Query.range_query(SCHEMA, UNTIL, kind, lower_bound=moment),
    ]


def any_of(queries: Sequence[tantivy.Query]) -> tantivy.Query:
    """Any of the queries; the scores of those that match are added."""
    return (
        queries[0] if len(queries) == 1 else tantivy.Query.boolean_query([(Occur.Should, q) for q in queries])
    )


def _unscored(query: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.const_score_query(query, 0.0)


def similar_to(searcher: tantivy.Searcher, article: Article) -> tantivy.Query:
    """Any of the article's most telling terms, in articles of its language; not itself."""
    (terms,) = index_texts(f"{article.headline}\n{article.article_body}", rule_of(article.in_language))
    counts = Counter(terms.split())
    frequencies = {term: searcher.doc_freq("article_body", term) for term in counts}
    language = article.in_language.partition("-")[0].lower()
    articles = searcher.doc_freq(exact("in_language"), language)
    telling = telling_terms(counts, frequencies, articles)
    fields = ("headline", "article_body")
    either = [tantivy.Query.term_query(SCHEMA, field, term) for term in telling for field in fields]
    here = tantivy.Query.term_query(SCHEMA, exact("in_language"), language, "basic")
    itself = tantivy.Query.term_query(SCHEMA, ID, article.id, "basic")
    return tantivy.Query.boolean_query(
        [
            (Occur.Must, any_of(either)),
            (Occur.Must, _unscored(here)),
            (Occur.Must, _unscored(current())),
            (Occur.MustNot, itself),
        ]
    )
