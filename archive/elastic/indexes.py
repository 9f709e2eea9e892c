"""The indexes of one archive on the server, for commands that wait out what passes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from elasticsearch import Elasticsearch, NotFoundError
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_delay, wait_random_exponential

from archive.elastic.address import Address
from archive.elastic.connection import errors_of
from archive.elastic.mirror import STATE, Passing, state
from archive.elastic.schema import Names, schema_version
from archive.errors import ArchiveAway

PATIENCE = 60.0
"""Seconds for which a passing fault is waited out."""

PAGE_OF_STATES = 2000
"""States of documents read at a time."""

BACK_OR_DROP = "scrapy archive migrate --back returns to it, --drop deletes it"
ON_OR_DROP = "scrapy archive migrate goes on to it, --drop deletes it"
"""What can be done with a former, and with a next, index."""


@dataclass(frozen=True, slots=True)
class State:
    """Where an archive stands."""

    current: str
    """The index that is read."""
    other: str
    """The second index that is kept up to date; empty where there is none."""
    names: Names

    @property
    def under_way(self) -> bool:
        """Whether the second index is the next one, not the former."""
        return bool(self.other) and self.names.number(self.other) > self.names.number(self.current)

    @property
    def advice(self) -> str:
        """What can be done with the second index, to follow after a line on what was done."""
        if not self.other:
            return ""
        which, ways = ("former", BACK_OR_DROP) if not self.under_way else ("next", ON_OR_DROP)
        return f"; the {which} index {self.other} is kept up to date: {ways}"


class Indexes:
    """The indexes behind an address.

    Every method raises ArchiveError in one line, ArchiveAway where the server was away for longer than
    `PATIENCE`.
    """

    def __init__(self, client: Elasticsearch, address: Address) -> None:
        self.client = client
        self.address = address
        self.names = Names(address.base)

    def version(self, index: str) -> int:
        """Its schema version."""
        return int(self.patiently(schema_version, self.client, index))

    def shards(self, index: str) -> int:
        """Its number of primary shards."""
        found = self.patiently(self.client.indices.get_settings, index=index)
        return int(found[index]["settings"]["index"]["number_of_shards"])

    def aliases(self) -> dict[str, dict[str, Any]]:
        """The archive's indexes with their aliases."""
        with errors_of(self.address):
            found = self.client.indices.get_alias(index=self.names.pattern).body
        return {index: entry["aliases"] for index, entry in found.items() if self.names.number(index)}

    def move(self, *actions: dict[str, Any]) -> bool:
        """Change aliases in one step; False, and nothing is changed, if one to be removed is not there."""

        def attempt() -> bool:
            try:
                self.client.indices.update_aliases(actions=actions)
            except NotFoundError:
                return False
            return True

        return bool(self.patiently(attempt))

    def _meta(self, index: str) -> dict[str, Any]:
        found = self.patiently(self.client.indices.get_mapping, index=index)
        meta: dict[str, Any] = found[index]["mappings"].get("_meta", {})
        return meta

    def noted(self, index: str, key: str) -> str:
        """A note in its `_meta`, "" where there is none."""
        return str(self._meta(index).get(key, ""))

    def note(self, index: str, key: str, value: str) -> None:
        """Set a note."""
        meta = {**self._meta(index), key: value}
        self.patiently(self.client.indices.put_mapping, index=index, meta=meta)

    def refresh(self, index: str) -> None:
        """Let searches see all that was written."""
        self.patiently(self.client.indices.refresh, index=index)

    def patiently(self, call: Callable[..., Any], *args: Any, **values: Any) -> Any:
        """Call, again for a while if a fault may pass; else in the project's errors."""

        def attempt() -> Any:
            with errors_of(self.address):
                return call(*args, **values)

        tries = Retrying(
            stop=stop_after_delay(PATIENCE),
            wait=wait_random_exponential(multiplier=0.2, max=5),
            retry=retry_if_exception_type((Passing, ArchiveAway)),
        )
        try:
            return tries(attempt)
        except RetryError as error:
            said = error.last_attempt.exception()
            raise ArchiveAway(f"{said}; nothing is lost, the same command goes on") from None

    def pages(
        self, index: str, after: str, size: int, fields: tuple[str, ...] | None = None
    ) -> Iterator[list[dict[str, Any]]]:
        """The documents behind an id, by pages, in the order of ids; what is written meanwhile may be in."""
        while True:
            found = self.patiently(
                self.client.search,
                index=index,
                sort=[{"id": "asc"}],
                search_after=[after],
                size=size,
                version=True,
                source_includes=fields,
                track_total_hits=False,
                allow_partial_search_results=False,
            )
            page: list[dict[str, Any]] = found["hits"]["hits"]
            if page:
                yield page
            if len(page) < size:
                return
            after = page[-1]["_id"]

    def states(self, index: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Id and state of each document, in the order of ids."""
        for page in self.pages(index, "", PAGE_OF_STATES, STATE):
            for doc in page:
                yield doc["_id"], state(doc["_version"], doc["_source"])
