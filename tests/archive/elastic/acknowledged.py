"""What a test was told is kept, and the check that it is."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from elasticsearch import Elasticsearch, helpers

from archive.article import Article
from archive.base import Archive, PutResult
from archive.elastic.schema import Names
from tests.archive.samples import article, days

WAIT = 30
"""Seconds until something must have happened."""


def until(happened: Callable[[], bool]) -> None:
    """Wait for it."""
    deadline = time.monotonic() + WAIT
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


class Acknowledged:
    """The model: article id -> newest acknowledged digest. Each has articles of its own."""

    def __init__(self) -> None:
        self._name = secrets.token_hex(4)
        self.digests: dict[str, str] = {}
        self._fetched: dict[str, Article] = {}

    def articles(self, numbers: Iterable[int], version: int = 1, body: str = "Some text.") -> list[Article]:
        """The articles of these numbers; a higher version is a newer fetch of another text."""
        return [
            article(f"{self._name}/{number}", f"{body} {number}, {version}.", date_fetched=days(version))
            for number in numbers
        ]

    def put(self, archive: Archive, batch: Sequence[Article]) -> Counter[str]:
        """Put the articles; the number of each outcome."""
        results = asyncio.run(archive.put(batch))
        assert [result.id for result in results] == [one.id for one in batch]
        self.note(batch, results)
        return Counter(result.outcome for result in results)

    def note(self, batch: Sequence[Article], results: Sequence[PutResult]) -> None:
        for one, result in zip(batch, results, strict=True):
            before = self._fetched.get(one.id)
            if result.outcome != "refused" and (before is None or before.date_fetched <= one.date_fetched):
                self._fetched[one.id] = one
                self.digests[one.id] = one.digest

    def check(self, client: Elasticsearch, base: str, *, writes: int | None = None) -> None:
        """Everything acknowledged is in the index, once, and nothing else.

        `writes`: how often each document was written, where the test knows.
        """
        names = Names(base)
        client.indices.refresh(index=names.read)
        found = list(helpers.scan(client, index=names.read, version=True, _source=["digest"]))
        assert {hit["_id"]: hit["_source"]["digest"] for hit in found} == self.digests
        assert len(found) == len(self.digests)
        if writes is not None:
            assert {hit["_version"] for hit in found} <= {writes}


def empty(client: Elasticsearch, base: str) -> None:
    """Delete all articles and reports; the index stays, to make one takes seconds."""
    for index in (f"{base}-articles-v1", f"{base}-runs-v1"):
        client.indices.refresh(index=index, ignore_unavailable=True)
        hits = helpers.scan(client, index=index, _source=False, ignore_unavailable=True)
        actions = [{"_op_type": "delete", "_index": hit["_index"], "_id": hit["_id"]} for hit in hits]
        helpers.bulk(client, actions, refresh=True)
