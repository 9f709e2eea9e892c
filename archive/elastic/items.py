"""Articles on their way to an index, and what is to be done with each: pure decisions, no request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from archive.article import Article
from archive.base import Outcome, PutResult
from archive.elastic.documents import article_of, document, former
from archive.records import Refused, check, json_of
from archive.revisions import decide as decide_revision
from archive.revisions import first_seen, last_seen, merged

FAULTS = 5
"""Tries after which an article is refused if the server fails on it (500) and not on the others."""


@dataclass(slots=True)
class Item:
    """One article on its way."""

    article: Article
    outcome: Outcome | None = None
    reason: str = ""
    tried: bool = False
    """Whether a request that held it broke off: it may be written."""
    faults: int = 0
    """How often the server failed on it alone (500)."""
    revision: int = 0
    """Number of the revision that its put leaves as the current one."""
    former: dict[str, Any] | None = None
    """The document of the revision that its write replaces."""

    def settle(self, outcome: Outcome, reason: str = "") -> None:
        """Note what became of it."""
        self.outcome, self.reason = outcome, reason
        if outcome == "refused":
            self.revision = 0

    def result(self) -> PutResult | None:
        """The answer to who put it; None while it has no outcome."""
        if self.outcome is None:
            return None
        return PutResult(str(self.article.id), self.outcome, self.reason, self.revision)

    def fails_again(self) -> bool:
        """Whether another try is worth it; else one article that trips the server would hold up all."""
        self.faults += 1
        return self.faults < FAULTS

    def reopen(self) -> None:
        """See to it again: where it was written to may not be the place, or not the only one."""
        if self.outcome != "refused":
            self.tried |= self.outcome == "stored"
            self.outcome = None


class Kept(NamedTuple):
    """What the index holds under an id."""

    article: Article
    guard: dict[str, int]
    """Bulk parameters that let only the next write pass."""
    previous: dict[str, Any] | None = None
    """The document of the revision before, which may have to be created yet (formers.py)."""


class Write(NamedTuple):
    """One write of a bulk request."""

    item: Item
    outcome: Outcome
    action: bytes
    source: bytes


def checked(article: Article) -> Item:
    """The article on its way, refused already where it cannot be kept: its id may be none to ask for."""
    item = Item(article)
    try:
        check(article)
    except Refused as refusal:
        item.settle("refused", str(refusal))
    return item


def decide(item: Item, kept: Kept | None) -> Write | None:
    """The write that keeps this article, or None with its outcome settled."""
    article = item.article
    try:
        decision = decide_revision(kept.article if kept else None, article)
        item.revision = decision.article.revision
        item.former = former(decision.former, first_seen(decision.article)) if decision.former else None
        if kept is None:
            return _write(item, decision.article, "stored", {"create": {"_id": article.id}})
        outcome: Outcome = decision.outcome
        if outcome == "unchanged" and item.tried and kept.article.date_fetched == article.date_fetched:
            outcome = "stored"  # by the try that broke off
        if decision.article != kept.article:
            return _write(item, decision.article, outcome, {"index": {"_id": article.id, **kept.guard}})
        item.settle(outcome)
    except Refused as refusal:
        item.settle("refused", str(refusal))
    return None


def holds(doc: dict[str, Any] | None, article: Article) -> bool:
    """Whether this document has what a put of the article wants kept, or a later one has replaced it."""
    if doc is None:
        return False
    kept = article_of(doc["_source"])
    if doc["_source"]["digest"] != article.digest:
        return last_seen(kept) >= last_seen(article)
    if kept.date_fetched > article.date_fetched:  # a later one may say otherwise of a seed
        return {one.seed for one in article.relations} <= {one.seed for one in kept.relations}
    return json_of(merged(kept, article).to_dict()) == json_of(kept.to_dict())


def _write(item: Item, article: Article, outcome: Outcome, action: dict[str, Any]) -> Write:
    source = document(article)
    if item.former:
        source["previous"] = item.former
    return Write(item, outcome, json_of(action), json_of(source))


def waves(items: list[Item]) -> Iterator[list[Item]]:
    """The articles in order, cut where one comes a second time."""
    wave: dict[str, Item] = {}
    for item in items:
        if item.article.id in wave:
            yield list(wave.values())
            wave = {}
        wave[item.article.id] = item
    if wave:
        yield list(wave.values())


def chunks(writes: Iterable[Write], most: int) -> Iterator[list[Write]]:
    """Cut by the number of bytes; no more than one chunk is made ready at a time."""
    chunk: list[Write] = []
    size = 0
    for write in writes:
        size += len(write.source)
        if chunk and size > most:
            yield chunk
            chunk, size = [], len(write.source)
        chunk.append(write)
    if chunk:
        yield chunk
