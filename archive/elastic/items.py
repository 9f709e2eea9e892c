"""Articles on their way to an index, and what is to be done with each: pure decisions, no request."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from archive.article import Article
from archive.base import Outcome
from archive.elastic.documents import article_of, document
from archive.records import Refused, check, json_of, merged

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

    def settle(self, outcome: Outcome, reason: str = "") -> None:
        """Note what became of it."""
        self.outcome, self.reason = outcome, reason

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
    digest: str
    guard: dict[str, int]
    """Bulk parameters that let only the next write pass."""


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
        if kept is None:
            return _write(item, article, "stored", {"create": {"_id": article.id}})
        action = {"index": {"_id": article.id, **kept.guard}}
        if kept.digest == article.digest:
            ours = item.tried and kept.article.date_fetched == article.date_fetched
            outcome: Outcome = "stored" if ours else "unchanged"
            both = merged(kept.article, article)
            if both != kept.article:
                return _write(item, both, outcome, action)
            item.settle(outcome)
        elif article.date_fetched < kept.article.date_fetched:
            item.settle("older")
        else:
            inherited = replace(article, relations=merged(kept.article, article).relations)
            return _write(item, inherited, "stored", action)
    except Refused as refusal:
        item.settle("refused", str(refusal))
    return None


def holds(doc: dict[str, Any] | None, article: Article) -> bool:
    """Whether this document has what a put of the article wants kept, or a later one has replaced it."""
    if doc is None:
        return False
    kept = article_of(doc["_source"])
    if doc["_source"]["digest"] != article.digest:
        return kept.date_fetched >= article.date_fetched
    if kept.date_fetched > article.date_fetched:  # a later one may say otherwise of a seed
        return {one.seed for one in article.relations} <= {one.seed for one in kept.relations}
    return json_of(merged(kept, article).to_dict()) == json_of(kept.to_dict())


def _write(item: Item, article: Article, outcome: Outcome, action: dict[str, Any]) -> Write:
    return Write(item, outcome, json_of(action), json_of(document(article)))


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
