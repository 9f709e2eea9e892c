"""Reading from Elasticsearch: by id, by search, by likeness, and all of it."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any, Literal

from elasticsearch import AuthorizationException, BadRequestError, Elasticsearch

from archive.article import Article
from archive.base import NEAR_MIN, Hit, Near, SearchResult
from archive.elastic.compiler import Compiler, near_to, similar_to
from archive.elastic.documents import article_of
from archive.elastic.formers import revisions_of
from archive.elastic.mirror import Passing, reason
from archive.elastic.schema import CURRENT, Names
from archive.errors import ArchiveAway, ArchiveError, BadQuery
from archive.highlight import passages
from archive.query import Everything, Query
from archive.records import signed

PAGE = 200
"""Articles read at a time where all are read."""

KEEP_ALIVE = "5m"
"""How long the server keeps a reading of all articles open between two pages."""

CANDIDATES = 1000
"""Most articles whose fingerprints are compared in one search for near texts."""

FACET_VALUES = 1000
"""Most values that are counted in one facet."""

_NEWEST_FIRST: list[dict[str, Any]] = [
    {"date_published": {"order": "desc", "missing": "_last"}},
    {"id": "asc"},
]
_COUNTED = ("in_language", "site", "publisher", "article_section", "access")
_PERIODS = {"year": "yyyy", "month": "yyyy-MM"}

_log = logging.getLogger(__name__)


class Reader:
    """The reads of an archive; `_reading` opens each of them."""

    def __init__(self, location: str, names: Names) -> None:
        self.location = location
        self._names = names
        self._unseen = False
        """Whether this process wrote what a search may not see yet."""

    def _reading(self) -> AbstractContextManager[Elasticsearch]:
        """The client for one block, whose errors become the project's."""
        raise NotImplementedError

    def _refresh(self, client: Elasticsearch) -> None:
        """Let searches see all that was written."""
        try:
            self._unseen = False
            client.indices.refresh(index=self._names.read)
        except AuthorizationException:  # who may only read sees it within refresh_interval, a second
            _log.debug("not allowed to refresh %s", self._names.read)

    def get(self, article_id: str) -> Article | None:
        """The current document, or None."""
        return self.get_many([article_id]).get(article_id)

    def get_many(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """The current documents of those ids that are kept."""
        if not article_ids:
            return {}
        with self._reading() as client:
            answer = client.mget(index=self._names.read, ids=list(article_ids))
            if faults := [doc["error"] for doc in answer["docs"] if "error" in doc]:  # not: it is not there
                raise ArchiveAway(f"{self.location} cannot be read: {reason(faults[0])}")
        return {doc["_id"]: article_of(doc["_source"]) for doc in answer["docs"] if doc.get("found")}

    def revisions(self, article_id: str) -> list[Article]:
        """All revisions of the article, the oldest first, the current one last; none for an unknown id."""
        with self._reading() as client:
            try:
                return revisions_of(client, self._names.read, article_id)
            except Passing as fault:
                raise ArchiveAway(f"{self.location} cannot be read: {fault}") from None

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
        with self._reading() as client, _bad_queries():
            self._refresh(client)
            found = client.search(
                index=self._place(query),
                query=self._compiled(client, query),
                sort=_NEWEST_FIRST if by_date else None,
                size=limit,
                from_=offset,
                aggs=_FACETS,
                track_total_hits=True,
            )
        hits = tuple(self._hit(hit, query) for hit in found["hits"]["hits"])
        return SearchResult(
            total=found["hits"]["total"]["value"], hits=hits, facets=_facets(found["aggregations"])
        )

    def _place(self, query: Query | None) -> str:
        """Where to search: the alias to read from leaves former revisions out."""
        return self._names.write if query and query.as_of else self._names.read

    def _compiled(self, client: Elasticsearch, query: Query) -> dict[str, Any]:
        return Compiler(self._languages(client, self._place(query))).compile(query)

    def _languages(self, client: Elasticsearch, index: str) -> list[str]:
        """The languages that articles are in."""
        aggs = {"languages": {"terms": {"field": "in_language", "size": FACET_VALUES, "missing": "und"}}}
        found = client.search(index=index, size=0, aggs=aggs)
        return [bucket["key"] for bucket in found["aggregations"]["languages"]["buckets"]]

    def _hit(self, hit: dict[str, Any], query: Query | None) -> Hit:
        article = article_of(hit["_source"])
        marked = passages(article, query) if query else ()
        return Hit(article=article, score=hit["_score"] or 0.0, highlights=marked)

    def near(self, fingerprint: Sequence[int], *, at_least: float, limit: int = 10) -> list[Near]:
        """Articles that share at least this overlap of fingerprints, most first."""
        hashes = {signed(value) for value in fingerprint}
        if len(hashes) < NEAR_MIN:
            return []
        fields = ["url", "site", "date_published", "fingerprint"]
        with self._reading() as client:
            if self._unseen:
                self._refresh(client)
            found = client.search(
                index=self._names.read,
                query=near_to(fingerprint, NEAR_MIN),
                size=CANDIDATES,
                source_includes=fields,
            )
        nears = [near for hit in found["hits"]["hits"] if (near := _near(hit, hashes, at_least))]
        return sorted(nears, key=_nearest_first)[:limit]

    def similar(self, article: Article, *, limit: int = 10) -> list[Hit]:
        """Articles in its language that share its most telling words, best first, itself left out."""
        with self._reading() as client:
            self._refresh(client)
            found = client.search(
                index=self._names.read, query=similar_to(client, self._names.read, article), size=limit
            )
        return [self._hit(hit, None) for hit in found["hits"]["hits"]]

    def iterate(self, query: Query | None = None) -> Iterator[Article]:
        """All (matching) articles in the order of their ids, a page at a time, as of the first page."""
        with self._reading() as client:
            self._refresh(client)
            compiled = self._compiled(client, query) if query else CURRENT
            pit = client.open_point_in_time(index=self._place(query), keep_alive=KEEP_ALIVE)["id"]
        try:
            after: list[str] | None = None
            while True:
                with self._reading() as client, _bad_queries():
                    page = client.search(
                        query=compiled,
                        pit={"id": pit, "keep_alive": KEEP_ALIVE},
                        sort=[{"id": "asc"}],
                        size=PAGE,
                        search_after=after,
                        track_total_hits=False,
                    )["hits"]["hits"]
                yield from (article_of(hit["_source"]) for hit in page)
                if len(page) < PAGE:
                    return
                after = page[-1]["sort"][:1]
        finally:
            self._close_reading(pit)

    def _close_reading(self, pit: str) -> None:
        try:
            with self._reading() as client:
                client.close_point_in_time(id=pit)
        except ArchiveError as error:
            _log.debug("%s; the server closes the reading by itself", error)

    def count(self) -> int:
        """Number of articles kept by the server."""
        with self._reading() as client:
            self._refresh(client)
            return int(client.count(index=self._names.read, query=CURRENT)["count"])


@contextmanager
def _bad_queries() -> Iterator[None]:
    """A search that the server finds too deep or too long is a bad query."""
    try:
        yield
    except BadRequestError as error:
        causes = [cause.get("reason", "") for cause in error.body.get("error", {}).get("root_cause", [])]
        reason = "; ".join(causes) or error.error
        raise BadQuery(f"the search is too long or too deep: {reason}; make it shorter") from None


_FACETS: dict[str, Any] = {
    name: {"terms": {"field": name, "size": FACET_VALUES, "shard_size": FACET_VALUES}} for name in _COUNTED
} | {
    name: {
        "date_histogram": {
            "field": "date_published",
            "calendar_interval": name,
            "format": form,
            "min_doc_count": 1,
        }
    }
    for name, form in _PERIODS.items()
}


def _facets(answer: dict[str, Any]) -> dict[str, dict[str, int]]:
    return {
        name: {bucket.get("key_as_string", bucket["key"]): bucket["doc_count"] for bucket in found["buckets"]}
        for name, found in answer.items()
    }


def _near(hit: dict[str, Any], hashes: set[int], at_least: float) -> Near | None:
    """The hit as a near article, if it is near enough."""
    source = hit["_source"]
    theirs = {signed(int(value)) for value in source["fingerprint"]}
    shared = len(theirs & hashes)
    overlap = shared / min(len(theirs), len(hashes))
    if shared < NEAR_MIN or overlap < at_least:
        return None
    published = source.get("date_published")
    return Near(
        article_id=hit["_id"],
        url=source["url"],
        site=source.get("site", ""),
        overlap=overlap,
        date_published=datetime.fromisoformat(published) if published else None,
    )


def _nearest_first(near: Near) -> tuple[float, bool, str, str]:
    published = near.date_published
    return (-near.overlap, published is None, published.isoformat() if published else "", near.article_id)
