"""The archive in a folder: SQLite keeps, tantivy finds."""

import asyncio
import logging
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import tantivy

from archive.article import Article
from archive.base import Hit, Near, PutResult, SearchResult
from archive.embedded.compiler import Compiler, similar_to
from archive.embedded.follower import Follower
from archive.embedded.schema import DATE, FACETS, ID, REVISION, SCHEMA
from archive.embedded.store import PAGE, Store
from archive.errors import ArchiveError
from archive.highlight import passages
from archive.query import Everything, Query
from archive.run import Run

FILE = "articles.sqlite"
"""The store of record in the archive's folder; the index lies in a folder beside it."""

FOLLOW_EVERY = 500
"""Stored articles after which the index is brought up to date behind the scenes, so that a search after a
long crawl need not index all of it."""

FACET_VALUES = 1000
"""Most values that are counted in one facet."""

_Key = tuple[str, int]
"""An article's id and the number of its revision."""

_log = logging.getLogger(__name__)


class EmbeddedArchive:
    """Keeps articles in one folder; any number of threads and processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.location = str(folder)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ArchiveError(f"cannot make the archive's folder {folder}: {error.strerror}") from error
        self._store = Store(folder / FILE)
        self._index = Follower(self._store, folder)
        self._unindexed = 0
        self._following: threading.Thread | None = None

    async def put(self, batch: Sequence[Article]) -> list[PutResult]:
        """Keep the articles; returns once they are on disk. The index follows later."""
        return await asyncio.to_thread(self._put, list(batch))

    def _put(self, batch: list[Article]) -> list[PutResult]:
        results = self._store.put(batch)
        self._unindexed += len(batch)
        if self._unindexed >= FOLLOW_EVERY and not (self._following and self._following.is_alive()):
            self._unindexed = 0
            self._following = threading.Thread(target=self._follow, name="archive index", daemon=True)
            self._following.start()
        return results

    def _follow(self) -> None:
        try:
            self._index.follow()
        except ArchiveError as error:
            _log.warning("%s; the articles are kept, a search will index them", error)

    def get(self, article_id: str) -> Article | None:
        """The current document, or None."""
        return self._store.get_many([article_id]).get(article_id)

    def get_many(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """The current documents of those ids that are kept."""
        return self._store.get_many(article_ids)

    def revisions(self, article_id: str) -> list[Article]:
        """All revisions of the article, the oldest first, the current one last; none for an unknown id."""
        return self._store.revisions(article_id)

    def search(
        self,
        query: Query,
        *,
        limit: int = 10,
        offset: int = 0,
        sort: Literal["relevance", "date"] = "relevance",
    ) -> SearchResult:
        """Matching articles; where everything matches, the newest first. Undated ones come last by date."""
        by_date = sort == "date" or isinstance(query.root, Everything)
        compiled = self._compiled(query)

        def work(searcher: tantivy.Searcher) -> tuple[Any, list[tuple[_Key, float]], Any]:
            order = DATE if by_date else None
            found: Any = searcher.search(compiled, max(limit, 1), offset=offset, order_by_field=order)
            keys = [(_key(searcher.doc(address)), score) for score, address in found.hits[:limit]]
            return found.count, keys, searcher.aggregate(compiled, _FACET_REQUEST)

        total, keys, facets = self._index.read(work)
        scores = {key: 0.0 if by_date else score for key, score in keys}
        return SearchResult(total=total, hits=tuple(self._hits(scores, query)), facets=_facets(facets))

    def _compiled(self, query: Query) -> tantivy.Query:
        return Compiler(self._store.languages(formers=query.as_of is not None)).compile(query)

    def _hits(self, scores: dict[_Key, float], query: Query | None) -> Iterator[Hit]:
        """What was found, in the revision that was found, or as it is now if that was what was asked for."""
        past = query is not None and query.as_of is not None
        articles = self._store.get_revisions(list(scores)) if past else {}
        now = {} if past else self._store.get_many([article_id for article_id, _ in scores])
        for key, score in scores.items():
            article = articles.get(key) if past else now.get(key[0])
            if article:  # else it was deleted after the search
                marked = passages(article, query) if query else ()
                yield Hit(article=article, score=score, highlights=marked)

    def near(self, fingerprint: Sequence[int], *, at_least: float, limit: int = 10) -> list[Near]:
        """Articles that share at least this overlap of fingerprints, most first."""
        return self._store.near(fingerprint, at_least=at_least, limit=limit)

    def similar(self, article: Article, *, limit: int = 10) -> list[Hit]:
        """Articles in its language that share its most telling words, best first, itself left out."""

        def work(searcher: tantivy.Searcher) -> dict[_Key, float]:
            found = searcher.search(similar_to(searcher, article), max(limit, 1))
            return {_key(searcher.doc(address)): score for score, address in found.hits[:limit]}

        return list(self._hits(self._index.read(work), None))

    def iterate(self, query: Query | None = None) -> Iterator[Article]:
        """All (matching) articles in the order of their ids, a page at a time."""
        last = ""
        while articles := self._store.after(last):
            last = articles[-1].id
            matching = self._matching(articles, query) if query else articles
            yield from matching

    def _matching(self, articles: list[Article], query: Query) -> list[Article]:
        """Those of a page's articles that match, in the revision that does."""
        compiled = self._compiled(query)
        here = tantivy.Query.term_set_query(SCHEMA, ID, [article.id for article in articles])

        def work(searcher: tantivy.Searcher) -> dict[str, _Key]:
            found = searcher.search(compiled.and_must_match(here), PAGE, count=False)
            keys = [_key(searcher.doc(address)) for _, address in found.hits]
            return {key[0]: key for key in keys}

        matching = self._index.read(work)
        if query.as_of is None:
            return [article for article in articles if article.id in matching]
        then = self._store.get_revisions(list(matching.values()))
        return [then[matching[one.id]] for one in articles if matching.get(one.id) in then]

    def delete(self, article_ids: Sequence[str]) -> int:
        """Forget the articles with all their revisions; the number that were kept."""
        deleted = self._store.delete(article_ids)
        self._unindexed += deleted
        return deleted

    def count(self) -> int:
        """Number of articles kept."""
        return self._store.count()

    def rebuild_index(self) -> int:
        """Make the search index anew; the number of articles indexed."""
        return self._index.rebuild()

    spooled = 0
    """Nothing ever waits: there is no server."""

    def keep_run(self, run: Run) -> None:
        """Nothing: the ledger beside this archive remembers the runs."""

    def close(self) -> None:
        """Index what this process stored, unless another one is at it, and close the files."""
        if self._following:
            self._following.join()
        if self._unindexed:
            self._unindexed = 0
            self._follow()
        self._store.close()


def _key(found: tantivy.Document) -> _Key:
    return found[ID][0], found[REVISION][0]


_FACET_REQUEST = {
    facet: {"terms": {"field": facet, "size": FACET_VALUES, "segment_size": FACET_VALUES}} for facet in FACETS
}


def _facets(answer: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        facet: {bucket["key"]: bucket["doc_count"] for bucket in answer[facet]["buckets"]} for facet in FACETS
    }
