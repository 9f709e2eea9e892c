"""`Archive`: the one interface of the stores, and the records that pass through it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

from archive.article import Article
from archive.query import Query
from archive.run import Run

Outcome = Literal["stored", "unchanged", "older", "refused", "spooled"]
"""What became of one article of a `put`.

stored: new, or a new revision of what was kept. unchanged: the same text is kept already (relations and
copy_of are merged in, the fetch time moves on; dates and address of a later fetch replace the kept ones).
older: a newer fetch is kept; nothing was written. refused: cannot be kept, see the reason. spooled: on disk,
will be written when the server is back.
"""


NEAR_MIN = 3
"""Fingerprint hashes that two texts must share at least: one or two are met by chance and by boilerplate."""


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of one article; all but `refused` are acknowledged: they survive a crash."""

    id: str
    outcome: Outcome
    reason: str = ""
    revision: int = 0
    """Number of the revision that is kept now; of what was stored, 0 says that the article is new."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """An archived article that shares text with a given one."""

    article_id: str
    url: str
    site: str
    overlap: float
    """Share (0 to 1) of the smaller fingerprint that both have."""
    date_published: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """One found article."""

    article: Article
    score: float
    """Relevance (BM25); 0.0 where the order is by date or everything matches."""
    highlights: tuple[str, ...] = ()
    """Up to three passages of the text; found words stand between `HIGHLIGHT_START` and `HIGHLIGHT_END`."""


HIGHLIGHT_START, HIGHLIGHT_END = "\x02", "\x03"


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchResult:
    """The answer to a search."""

    total: int
    """Number of all matching articles."""
    hits: tuple[Hit, ...]
    facets: dict[str, dict[str, int]] = field(default_factory=dict)
    """Counts by value over all matches: in_language, site, publisher, article_section, access, year ..."""


class Archive(Protocol):
    """Keeps articles and finds them again. Reads are plain calls: run them in a thread from an event loop.

    All revisions of an article are kept. Reads see the current ones alone, but for `revisions`, and for
    `search` and `iterate` with a query as of some time.
    """

    location: str
    """Where it lies, for reports: a path or URL without credentials."""

    async def put(self, batch: Sequence[Article]) -> list[PutResult]:
        """Keep the articles; one result each, in order. Returns once they are durable."""
        ...

    def get(self, article_id: str) -> Article | None:
        """The current document, or None."""
        ...

    def get_many(self, article_ids: Sequence[str]) -> dict[str, Article]:
        """The current documents of those ids that are kept."""
        ...

    def revisions(self, article_id: str) -> list[Article]:
        """All revisions of the article, the oldest first, the current one last; none for an unknown id."""
        ...

    def search(
        self,
        query: Query,
        *,
        limit: int = 10,
        offset: int = 0,
        sort: Literal["relevance", "date"] = "relevance",
    ) -> SearchResult:
        """Matching articles. Sees everything acknowledged before the call."""
        ...

    def near(self, fingerprint: Sequence[int], *, at_least: float, limit: int = 10) -> list[Near]:
        """Articles that share at least this overlap of fingerprints, most first."""
        ...

    def similar(self, article: Article, *, limit: int = 10) -> list[Hit]:
        """Articles that share its most telling words, best first, itself left out."""
        ...

    def iterate(self, query: Query | None = None) -> Iterator[Article]:
        """All (matching) articles in the order of their ids."""
        ...

    def delete(self, article_ids: Sequence[str]) -> int:
        """Forget the articles with all their revisions; the number of articles that were kept."""
        ...

    def count(self) -> int:
        """Number of articles kept."""
        ...

    def rebuild_index(self) -> int:
        """Make the search index anew from the store of record; the number of articles indexed."""
        ...

    @property
    def spooled(self) -> int:
        """Number of acknowledged articles that wait in the spool for the archive's server."""
        ...

    def keep_run(self, run: Run) -> None:
        """Keep a crawl's report where the archive has a place for it."""
        ...

    def close(self) -> None:
        """Free files and connections; a second call does nothing."""
        ...
