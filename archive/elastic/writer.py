"""Writing articles to Elasticsearch: what is kept already decides, no write overtakes a newer one.

Each article is read (by id, in real time), compared, and written only if nobody wrote it meanwhile
(`if_seq_no`, or `create` for a new one); who comes second reads again. So a late retry changes nothing, and
two crawls lose none of each other's relations. While a second index is kept up to date, what was written to
the first is brought to the second with the same version number, and both are read again (see migration.py).
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain
from typing import Any, NamedTuple

from elastic_transport import TransportError
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from archive.article import Article
from archive.base import PutResult
from archive.elastic.documents import article_of
from archive.elastic.formers import ROUNDS, align_all, former_ids, keep_formers
from archive.elastic.items import Item, Kept, Write, checked, chunks, decide, holds, waves
from archive.elastic.mirror import CHUNK_BYTES, Passing, align, bulk, documents, guard, reason, versioned
from archive.elastic.schema import SCHEMA_VERSION, Names, schema_version
from archive.errors import ArchiveAway, ArchiveError

CHUNK = 500
"""Articles of one bulk request at most: elasticsearch-py's own default."""

IN_FLIGHT = 2
"""Bulk requests under way at once: the next is made ready while the server works on one."""

RETRY_SECONDS = 10.0
"""How long a passing fault is waited out before the articles go to the spool, where they are as safe."""

FIRST_WAIT, LONGEST_WAIT = 0.1, 3.0
"""Seconds: bounds of the random, doubling wait between tries."""

_BUSY = "another process is writing the same article"

_TOO_MUCH = (400, 413)
"""Answers to a whole request that one article of it can be the cause of: it is sent again in halves."""


class Targets(NamedTuple):
    """Where to write."""

    first: str
    also: str
    """The second index that is kept up to date; else empty."""
    switching: bool = False
    """Whether the two are about to change places: the second must take each article, and show it at once."""


class Writer:
    """Writes to the index of one archive; `refuse` is told of each article that the server does not take."""

    def __init__(
        self,
        client: Elasticsearch,
        names: Names,
        refuse: Callable[[Article, str], None],
        explain: Callable[[Exception], ArchiveError],
    ) -> None:
        self._client = client
        self._names = names
        self._refuse = refuse
        self._explain = explain
        self._targets: Targets | None = None
        self._chunk_bytes = CHUNK_BYTES  # less after a 429: the server may have no room for so much at once

    def put(self, articles: Sequence[Article]) -> tuple[list[PutResult | None], ArchiveAway | None]:
        """What became of each article, None for those that could not be delivered, and why not."""
        items = [checked(article) for article in articles]
        away = None
        try:
            for wave in waves(items):
                self._put_wave(wave)
        except ArchiveAway as error:
            away = error
        return [item.result() for item in items], away

    def delete(self, ids: Sequence[str]) -> int:
        """Forget articles; the number that were there. Raises ArchiveAway where that could not be done."""
        gone: set[str] = set()
        for at in range(0, len(ids), CHUNK):
            self._patiently(self._delete, ids[at : at + CHUNK], gone)
        return len(gone)

    def _delete(self, ids: Sequence[str], gone: set[str]) -> None:
        """One try; adds to `gone` what was there."""
        with self.passing():
            targets = self.find_targets()
            found = documents(self._client, targets.first, ids, ["revision"])
            gone.update(found)
            # The current document goes last: it knows how many others there are.
            revisions = ((one, doc["_source"].get("revision", 0)) for one, doc in found.items())
            for some in (former_ids(revisions), ids):
                self._delete_in(targets, some)
            if self.find_targets() != targets:
                raise Passing("the aliases have moved")

    def _delete_in(self, targets: Targets, ids: Sequence[str]) -> None:
        """Delete documents in both indexes."""
        if not ids:
            return
        lines = [{"delete": {"_id": one}} for one in ids]
        entries = [
            entry["delete"] for entry in self._client.bulk(index=targets.first, operations=lines)["items"]
        ]
        if error := next((entry["error"] for entry in entries if "error" in entry), None):
            raise Passing(reason(error))
        if targets.also:
            # With the version number, so that a put that is on its way there comes too late.
            late = ({**versioned(one["_id"], one["_version"]), "_op_type": "delete"} for one in entries)
            bulk(self._client, targets.also, late)
            align_all(self._client, targets.first, targets.also, ids)

    def _put_wave(self, items: list[Item]) -> None:
        chunks = [items[at : at + CHUNK] for at in range(0, len(items), CHUNK)]
        if len(chunks) == 1:
            return self._deliver(chunks[0])
        with ThreadPoolExecutor(IN_FLIGHT) as pool:
            for _ in pool.map(self._deliver, chunks):
                pass
        return None

    def _deliver(self, items: list[Item]) -> None:
        """Try until each has an outcome; ArchiveAway when time is up."""
        self._patiently(self._attempt, items)

    def _patiently(self, call: Callable[..., None], *args: Any) -> None:
        tries = Retrying(
            stop=stop_after_delay(RETRY_SECONDS),
            wait=wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            retry=retry_if_exception_type(Passing),
        )
        try:
            tries(call, *args)
        except RetryError as error:
            raise ArchiveAway(str(error.last_attempt.exception())) from None

    def _attempt(self, items: list[Item]) -> None:
        open_items = [item for item in items if item.outcome is None]
        try:
            problem = self._write_all(open_items)
        except (Passing, ArchiveAway):
            # An outcome counts only once both indexes and the aliases were seen to.
            self._targets = None
            for item in open_items:
                item.reopen()
            raise
        if problem:
            raise Passing(problem)

    def _write_all(self, items: list[Item]) -> str:
        """One try; why some articles have no outcome yet, or "". If it raises, no outcome counts."""
        with self.passing():
            targets = self._targets or self._fitting(self.find_targets())
            kept = self._kept(targets.first, [item.article.id for item in items])
            self._keep_formers(targets, [one.previous for one in kept.values() if one.previous])
            writes = (write for item in items if (write := decide(item, kept.get(item.article.id))))
            problems = [self._bulk(targets.first, chunk) for chunk in chunks(writes, self._chunk_bytes)]
            self._keep_formers(
                targets, [item.former for item in items if item.outcome == "stored" and item.former]
            )
            if targets.also:
                problems.append(self._mirror(targets, items))
            now = self.find_targets()
        if now != targets:  # a migration began, ended or swapped: what was written may be elsewhere
            raise Passing("the aliases have moved")
        self._targets = now
        return next(filter(None, problems), "")

    def _keep_formers(self, targets: Targets, formers: Sequence[dict[str, Any]]) -> None:
        ids = keep_formers(self._client, targets.first, formers, self._refuse)
        if ids and targets.also:
            align_all(self._client, targets.first, targets.also, ids)

    def _mirror(self, targets: Targets, items: list[Item]) -> str:
        """Bring the articles to the second index; why some are open again, or "". See migration.py."""
        waiting = {item.article.id: item for item in items if item.outcome not in (None, "refused")}
        problem = ""
        for _ in range(ROUNDS):
            found = align(self._client, targets.first, targets.also, list(waiting))
            for article_id, why in found.refused.items():
                item = waiting.pop(article_id)
                if targets.switching:  # else the comparison before the switch finds it
                    self._refused(item, f"{targets.also} does not take it: {why}")
            for article_id in waiting.keys() - set(found.differing):
                item = waiting.pop(article_id)
                if not holds(found.ours.get(article_id), item.article):
                    item.reopen()
                    problem = _BUSY
            if not waiting:
                break
        for item in waiting.values():
            item.reopen()
            problem = _BUSY
        if targets.switching:  # searches must see it when the aliases have changed places
            self._client.indices.refresh(index=targets.also)
        return problem

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Elasticsearch's errors become `Passing` within; what is refused for good is found item by item."""
        try:
            yield
        except (ApiError, TransportError) as error:
            if isinstance(error, NotFoundError):
                self._targets = None  # looked up again at the next write
            raise Passing(str(self._explain(error))) from error

    def _fitting(self, targets: Targets) -> Targets:
        """The targets if the first is in this program's schema; else ArchiveAway: the spool is the place."""
        version = schema_version(self._client, targets.first)
        if version != SCHEMA_VERSION:
            raise ArchiveAway(
                f"{targets.first} is in schema version {version}, this program uses version "
                f"{SCHEMA_VERSION}; articles wait in the spool for the program of version {version}"
            )
        return targets

    def find_targets(self) -> Targets:
        """The indexes behind the aliases; raises Passing where there is none."""
        found = self._client.indices.get_alias(index=self._names.pattern).body
        first = [index for index, entry in found.items() if self._names.write in entry["aliases"]]
        second = [index for index, entry in found.items() if self._names.also in entry["aliases"]]
        if not first:
            raise Passing(f"there is no index behind {self._names.write}; scrapy archive migrate makes one")
        if not second:
            return Targets(first[0], "")
        alias = found[second[0]]["aliases"][self._names.also]
        return Targets(first[0], second[0], bool(alias.get("is_write_index")))

    def _kept(self, index: str, ids: list[str]) -> dict[str, Kept]:
        return {
            one: Kept(article_of(doc["_source"]), guard(doc), doc["_source"].get("previous"))
            for one, doc in documents(self._client, index, ids).items()
        }

    def _bulk(self, index: str, writes: Sequence[Write]) -> str:
        """Write; the reason why some have no outcome yet, or ""."""
        lines = list(chain.from_iterable((write.action, write.source) for write in writes))
        try:
            answer = self._client.bulk(index=index, operations=lines)  # type: ignore[arg-type]  # ready lines pass
        except (ApiError, TransportError) as error:
            if isinstance(error, ApiError) and error.status_code in _TOO_MUCH:
                return self._bulk_halves(index, writes, error)
            for write in writes:
                write.item.tried = True
            self._note_room(lines, enough=getattr(error, "status_code", 0) != 429)
            raise
        statuses = [next(iter(entry.values()))["status"] for entry in answer["items"]]
        self._note_room(lines, enough=429 not in statuses)
        problem = ""
        for write, entry in zip(writes, answer["items"], strict=True):
            problem = self._settle(write, next(iter(entry.values()))) or problem
        return problem

    def _note_room(self, lines: list[bytes], *, enough: bool) -> None:
        """Send less at once after a 429, and a little more again after each request that went well."""
        if enough:
            self._chunk_bytes = min(self._chunk_bytes + CHUNK_BYTES // 100, CHUNK_BYTES)
        else:
            size = sum(len(line) for line in lines)
            self._chunk_bytes = max(1, min(self._chunk_bytes, size) // 2)

    def _bulk_halves(self, index: str, writes: Sequence[Write], error: ApiError) -> str:
        """Send a request that is too much again in halves; refuse an article that is too much by itself."""
        if len(writes) == 1:
            self._refused(writes[0].item, f"{error.status_code} {error.error}")
            return ""
        half = len(writes) // 2
        first, second = self._bulk(index, writes[:half]), self._bulk(index, writes[half:])
        return first or second

    def _settle(self, write: Write, entry: dict[str, Any]) -> str:
        """Take note of one item's answer; the reason if it is to be tried again."""
        status, error = entry["status"], entry.get("error") or {}
        if status < 300:
            write.item.settle(write.outcome)
        elif status == 409:
            return _BUSY
        elif status in (401, 403, 404, 429, 502, 503, 504) or (status == 500 and write.item.fails_again()):
            return f"{error.get('type', status)}: {error.get('reason', '')}"
        else:
            self._refused(write.item, reason(error))
        return ""

    def _refused(self, item: Item, why: str) -> None:
        one_line = " ".join(why.split())
        self._refuse(item.article, one_line)
        item.settle("refused", one_line)
