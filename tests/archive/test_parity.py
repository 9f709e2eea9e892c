"""Both archives give the same answers: filled with the same articles, asked the same.

The order by relevance is BM25's on both sides, but Elasticsearch counts stems in each language by itself, and
descriptions among the articles that have one: where two hits are close, it may put them the other way round.
"""

import asyncio
import secrets
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random
from statistics import mean
from typing import NamedTuple

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import open_archive
from archive.analysis import folded_word
from archive.article import Article
from archive.base import Archive, Hit, Near, SearchResult
from archive.errors import BadQuery
from archive.query import parse_query
from tests.archive.asked import Asked, queries
from tests.archive.corpus import LANGUAGES, UNSPACED, corpus, topic_words, vocabulary

HITS = 20
"""Hits that are looked at one by one; of what more there is, number and facets are compared."""

TOP = 10
SAME_OF_TOP = 0.8
SAME_SCORE = 1e-3
"""Share of a score by which two may differ and be equal."""

BATCH = 1000


@dataclass(frozen=True, repr=False)
class Both:
    """The two archives, what is in them, and what to ask."""

    articles: list[Article]
    embedded: Archive
    elastic: Archive
    asked: list[Asked]

    def __repr__(self) -> str:
        return "both"  # hypothesis shows it


@pytest.fixture(
    scope="module",
    params=[(3000, 160), pytest.param((10_000, 740), marks=pytest.mark.long)],
    ids=lambda param: f"{param[0]} articles",
)
def both(
    request: pytest.FixtureRequest, elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Both]:
    """So many articles in both archives, and so many queries."""
    size, questions = request.param
    base = f"parity-{secrets.token_hex(4)}"
    folder = tmp_path_factory.mktemp("parity")
    embedded = open_archive("embedded:", folder)
    elastic = open_archive(f"{elasticsearch_url}/{base}", folder)
    articles = corpus(size)
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda archive: fill(archive, articles), (embedded, elastic)))
    yield Both(articles, embedded, elastic, Random("asked").sample(queries(), questions))
    embedded.close()
    elastic.close()
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.delete(index=f"{base}-articles-v1")
        client.indices.delete_index_template(name=f"{base}-articles")
        client.cluster.delete_component_template(name=f"{base}-articles-*")


def fill(archive: Archive, articles: Sequence[Article]) -> None:
    for at in range(0, len(articles), BATCH):
        results = asyncio.run(archive.put(articles[at : at + BATCH]))
        assert {result.outcome for result in results} == {"stored"}


@dataclass(frozen=True)
class Answer:
    """What one archive said to one query."""

    best: SearchResult
    newest: SearchResult


class Pair(NamedTuple):
    """What both said."""

    asked: Asked
    embedded: Answer
    elastic: Answer


@pytest.fixture(scope="module")
def answers(both: Both) -> list[Pair]:
    def answer(archive: Archive, asked: Asked) -> Answer:
        query = asked.query
        return Answer(archive.search(query, limit=HITS), archive.search(query, limit=TOP, sort="date"))

    return [Pair(asked, answer(both.embedded, asked), answer(both.elastic, asked)) for asked in both.asked]


def differing(
    answers: Sequence[Pair], seen: Callable[[Answer], object]
) -> list[tuple[Asked, object, object]]:
    """The queries to which what is seen in the two answers differs."""
    pairs = [(pair.asked, seen(pair.embedded), seen(pair.elastic)) for pair in answers]
    return [(asked, one, other) for asked, one, other in pairs if one != other]


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.article.id for hit in hits]


class TestSearch:
    def test_queries_are_many_and_find_something(self, answers: list[Pair]) -> None:
        assert len(answers) >= 150
        assert mean(pair.embedded.best.total > 0 for pair in answers) > 0.8

    def test_same_total(self, answers: list[Pair]) -> None:
        assert differing(answers, lambda answer: answer.best.total) == []

    def test_same_facets(self, answers: list[Pair]) -> None:
        assert differing(answers, lambda answer: answer.best.facets) == []

    def test_same_articles_where_they_are_few(self, answers: list[Pair]) -> None:
        few = [pair for pair in answers if pair.embedded.best.total <= HITS]
        assert len(few) > 30
        assert differing(few, lambda answer: sorted(ids(answer.best.hits))) == []

    def test_same_articles_where_they_are_many(self, both: Both, answers: list[Pair]) -> None:
        many = [pair.asked for pair in answers if pair.embedded.best.total > HITS]
        for asked in many[:: len(many) // 8]:
            found, wanted = (
                [one.id for one in archive.iterate(asked.query)] for archive in (both.elastic, both.embedded)
            )
            assert found == wanted, asked

    def test_same_order_by_date(self, answers: list[Pair]) -> None:
        assert differing(answers, lambda answer: ids(answer.newest.hits)) == []

    def test_same_passages(self, answers: list[Pair]) -> None:
        different = []
        for asked, embedded, elastic in answers:
            marked = {hit.article.id: hit.highlights for hit in embedded.best.hits}
            different += [
                asked
                for hit in elastic.best.hits
                if marked.get(hit.article.id, hit.highlights) != hit.highlights
            ]
        assert different == []

    def test_order_by_relevance(self, answers: list[Pair], capsys: pytest.CaptureFixture[str]) -> None:
        figures = defaultdict(list)
        for asked, embedded, elastic in answers:
            one, other = embedded.best.hits, elastic.best.hits
            if len(one) > 1 and one[0].score > 0 and not (all_equal(one) or all_equal(other)):
                figures[asked.kind].append((same_first(one, other), same_top(one, other)))
        every = [figure for listed in figures.values() for figure in listed]
        with capsys.disabled():
            print()
            for kind, listed in [*figures.items(), ("all", every)]:
                firsts, tops = zip(*listed, strict=True)
                good = mean(first and top >= SAME_OF_TOP for first, top in listed)
                shown = f"same first {mean(firsts):.3f}, of the first 10 {mean(tops):.3f}, both {good:.3f}"
                print(f"{kind:14}{len(listed):4} queries, {shown}")
        assert mean(first for first, _ in every) >= 0.93
        assert mean(top for _, top in every) >= 0.96
        assert mean(top >= SAME_OF_TOP for _, top in every) >= 0.95


def tied(one: float, other: float) -> bool:
    return abs(one - other) <= SAME_SCORE * max(one, other)


def all_equal(hits: Sequence[Hit]) -> bool:
    """Whether so many have the same score that the first are any of them."""
    return len(hits) == HITS and tied(hits[min(TOP, HITS) - 1].score, hits[-1].score)


def leading(hits: Sequence[Hit], number: int) -> set[str]:
    """The first hits, and those that might as well be among them."""
    least = hits[number - 1].score
    return {hit.article.id for hit in hits if hit.score >= least or tied(hit.score, least)}


def same_first(one: Sequence[Hit], other: Sequence[Hit]) -> bool:
    return bool(leading(one, 1) & leading(other, 1))


def same_top(one: Sequence[Hit], other: Sequence[Hit]) -> float:
    """Share of the first `TOP` that the other has there too."""
    number = min(TOP, len(one), len(other))
    shared = max(
        len({*ids(one[:number])} & leading(other, number)), len({*ids(other[:number])} & leading(one, number))
    )
    return min(shared / number, 1.0)


def _words(languages: Sequence[str]) -> list[str]:
    """Words of each language, some of them in many articles."""
    rng = Random("words")
    return [
        word
        for number, language in enumerate(languages)
        for word in (*rng.sample(vocabulary(language)[0][:30], 5), *topic_words(language, number)[:3])
        if word.isalpha()
    ]


def _different(words: Sequence[str], most: int) -> st.SearchStrategy[str]:
    """Two or more of the words."""
    return st.lists(st.sampled_from(words), min_size=2, max_size=most, unique_by=_beginning).map(" ".join)


def _beginning(word: str) -> str:
    return folded_word(word)[:3]


SPACED = tuple(language for language in LANGUAGES if language not in UNSPACED)
WORD = st.sampled_from(_words(LANGUAGES))
PHRASE = _different(_words(LANGUAGES), 3).map('"{}"'.format)
SLOP = st.builds('"{}"~{}'.format, _different(_words(SPACED), 2), st.integers(1, 9))
"""Slop is the same for two different words that are written with blanks. tantivy finds a word asked for twice
where it stands once, and three words further apart than Lucene does; unspaced words are cut into pairs by one
and in part into single characters by the other."""
LEAF = (
    WORD
    | PHRASE
    | SLOP
    | WORD.map("{}*".format)
    | st.builds("{}:{}".format, st.sampled_from(["headline", "description", "text"]), WORD)
)
TREE = st.recursive(
    LEAF,
    lambda part: (
        st.lists(part, min_size=2, max_size=3).map(lambda parts: f"({' OR '.join(parts)})")
        | st.lists(part, min_size=2, max_size=2).map(lambda parts: f"({' AND '.join(parts)})")
        | st.builds("({} AND NOT {})".format, part, part)
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(TREE)
def test_any_combination_of_words_finds_the_same(both: Both, text: str) -> None:
    query = parse_query(text)
    one, other = (archive.search(query, limit=HITS, sort="date") for archive in (both.embedded, both.elastic))
    assert (one.total, one.facets, ids(one.hits)) == (other.total, other.facets, ids(other.hits))


class TestSimilar:
    def test_most_of_the_first_ten_are_the_same(self, both: Both, capsys: pytest.CaptureFixture[str]) -> None:
        spaced = [article for article in both.articles[3:] if article.in_language in SPACED]
        shares = []
        for article in Random("similar").sample(spaced, 50):
            one, other = both.embedded.similar(article), both.elastic.similar(article)
            assert {hit.article.in_language[:2] for hit in (*one, *other)} <= {article.in_language[:2]}
            shares.append(len({*ids(one)} & {*ids(other)}) / max(len(one), len(other), 1))
        with capsys.disabled():
            print(f"\nsimilar: of the first 10 {mean(shares):.3f}")
        assert mean(shares) >= 0.8
        assert mean(share >= 0.7 for share in shares) >= 0.9


class TestNear:
    def test_same_near_texts(self, both: Both) -> None:
        copies = [article for article in both.articles if article.copy_of]
        assert len(copies) > 50
        found = 0
        for article in (*copies[:15], *both.articles[:40], *both.articles[1000:1010]):
            one, other = (
                by_overlap(archive.near(article.fingerprint, at_least=0.3, limit=50))
                for archive in (both.embedded, both.elastic)
            )
            assert one == other, article.url
            found += len(one) > 1
        assert found >= 15

    def test_long_text(self, both: Both) -> None:
        long = both.articles[0]
        assert len(long.article_body) > 2_000_000
        one, other = (
            archive.near(long.fingerprint, at_least=0.9) for archive in (both.embedded, both.elastic)
        )
        assert len(one) == 2  # itself, and the article at its end
        assert by_overlap(one) == by_overlap(other)


def by_overlap(nears: Sequence[Near]) -> list[tuple[str, float]]:
    return [(near.article_id, round(near.overlap, 9)) for near in nears]


class TestBounds:
    def test_a_query_too_long_for_the_server_is_a_bad_query(self, both: Both) -> None:
        query = parse_query(" ".join(f"w{number}" for number in range(300)))
        assert both.embedded.search(query).total == 0
        said = ""
        try:  # how much it takes depends on its memory
            assert both.elastic.search(query).total == 0
        except BadQuery as error:
            said = str(error)
        assert not said or ("make it shorter" in said and "\n" not in said)

    @pytest.mark.parametrize("offset", [0, 99_000])
    def test_far_pages(self, both: Both, offset: int) -> None:
        one, other = (
            archive.search(parse_query("*"), limit=5, offset=offset)
            for archive in (both.embedded, both.elastic)
        )
        assert (one.total, ids(one.hits)) == (other.total, ids(other.hits))
