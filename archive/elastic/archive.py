"""The archive on an Elasticsearch server, with a spool in the state folder for when it is away."""

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from elastic_transport import TransportError
from elasticsearch import (
    ApiError,
    AuthenticationException,
    AuthorizationException,
    Elasticsearch,
    NotFoundError,
)

from archive.article import Article
from archive.base import PutResult
from archive.elastic import runs
from archive.elastic.address import Address, Credentials
from archive.elastic.connection import check_rights, check_server, connect, errors_of, explain
from archive.elastic.dead_letters import DeadLetters
from archive.elastic.delivery import Delivery
from archive.elastic.reader import Reader
from archive.elastic.schema import SCHEMA_VERSION, Names, create_index, schema_version
from archive.elastic.spool import Spool
from archive.elastic.writer import Writer
from archive.errors import ArchiveAway, ArchiveError
from archive.run import Run

REACH_SECONDS = 5.0
"""Seconds for the look whether the server is back."""

_log = logging.getLogger(__name__)


class ElasticArchive(Reader):
    """Keeps articles in Elasticsearch; any number of threads and processes may use it at once.

    With `create` the index is made where there is none, and a server that is away is no hindrance once this
    state folder has reached it: articles then go to the spool. Without, the archive must be there.
    """

    def __init__(
        self,
        address: Address,
        credentials: Credentials,
        state_dir: Path,
        *,
        create: bool,
        timeout: float,
        spool_max_size: int,
    ) -> None:
        super().__init__(address.location, Names(address.base))
        self._address = address
        self._client = connect(address, credentials, timeout=timeout)
        folder = spool_folder(state_dir, address)
        self._spool = Spool(folder, max_size=spool_max_size)
        self._dead_letters = DeadLetters(dead_letters_file(state_dir, address))
        self._writer = Writer(self._client, self._names, self._dead_letters.add, self._explain)
        self._delivery = Delivery(self._writer, self._spool, self._reach, self._send_runs)
        self._create = create
        try:
            self._open()
        except BaseException:
            self._client.close()
            self._spool.close()
            raise

    def _open(self) -> None:
        try:
            self._reach()
        except ArchiveAway as error:
            if not self._create:
                raise
            if not self._spool.known(self.location):
                raise ArchiveAway(f"{error} (it was never reached from this state folder)") from None
            self._delivery.leave(str(error))
        else:
            if self._create:
                self._delivery.follow()

    def _reach(self) -> None:
        """Ask the server; see that the index is there, it may have been deleted meanwhile, and fits."""
        quick = self._client.options(request_timeout=REACH_SECONDS)
        with errors_of(self._address):
            info = check_server(quick, self._address)
            check_rights(quick, self._address, write=self._create)
            self._check_index(quick)
        if self._create:
            self._remember(info.cluster_uuid)

    def _remember(self, uuid: str) -> None:
        known = self._spool.known(self.location)
        if known and known != uuid:
            advice = "its articles are not fetched again; restore a snapshot, or `scrapy archive copy`"
            _log.warning("%s is another cluster than in earlier crawls: %s", self.location, advice)
        self._spool.remember(self.location, uuid)

    def _check_index(self, quick: Elasticsearch) -> None:
        found = quick.indices.get_alias(index=self._names.pattern).body
        current = [index for index, entry in found.items() if self._names.read in entry["aliases"]]
        if not current and found:
            advice = "give it that alias and the one that ends in -write, as docs/operate.md says"
            raise ArchiveError(f"no index of {self.location} has the alias {self._names.read}; {advice}")
        if not current and not self._create:
            advice = "fill it with scrapy crawl related -a seed=FILE, or see scripts/demo"
            raise ArchiveError(f"there is no archive at {self.location} yet; {advice}")
        if not current:
            current = [create_index(self._client, self._names.base)]
        version = schema_version(quick, current[0])
        if version != SCHEMA_VERSION:
            advice = (
                "scrapy archive migrate"
                if version < SCHEMA_VERSION
                else "the program that wrote it, or newer"
            )
            raise ArchiveError(
                f"{current[0]} at {self.location} is in schema version {version}, this program uses version "
                f"{SCHEMA_VERSION}; use {advice}"
            )

    def _explain(self, error: Exception) -> ArchiveError:
        return explain(error, self._address)

    async def put(self, batch: Sequence[Article]) -> list[PutResult]:
        """Keep the articles; returns once the server or the spool has them."""
        if not batch:
            return []
        try:
            return await asyncio.to_thread(self._delivery.put, list(batch))
        finally:
            self._unseen = True

    @property
    def spooled(self) -> int:
        """Number of articles that wait for the server."""
        return self._spool.count()

    @property
    def dead_letters(self) -> int:
        """Number of articles that the server refused."""
        return self._dead_letters.count()

    def redrive(self) -> tuple[int, int, int]:
        """Bring the spooled articles, then try the refused ones again: brought, kept, refused again."""
        with self._reading():
            brought = self._delivery.bring()
            kept = refused = 0
            with self._dead_letters.take() as letters:
                for article, _ in letters:
                    (result,) = self._delivery.put([article])
                    refused += result.outcome == "refused"
                    kept += result.outcome != "refused"
        return brought, kept, refused

    def keep_run(self, run: Run) -> None:
        """Keep a run report in the index of runs."""
        self._delivery.put_run(run.to_dict())

    def _send_runs(self, records: list[dict[str, Any]]) -> None:
        with errors_of(self._address):
            runs.ensure_runs(self._client, self._names.base)
            runs.index_runs(self._client, self._names.base, [Run.from_dict(record) for record in records])

    @contextmanager
    def _reading(self) -> Iterator[Elasticsearch]:
        """The client; its errors become the project's. Fails at once while the server is away."""
        if self._delivery.away:
            raise ArchiveAway(self._delivery.away)
        try:
            yield self._client
        except (ApiError, TransportError) as error:
            explained = self._explain(error)
            if self._create and (isinstance(explained, ArchiveAway) or _is_lost(error)):
                explained = ArchiveAway(str(explained))
                self._delivery.leave(str(explained))
            raise explained from None
        except ArchiveAway as error:
            if self._create:
                self._delivery.leave(str(error))
            raise

    def delete(self, article_ids: Sequence[str]) -> int:
        """Forget the articles; the number that were kept."""
        if not article_ids:
            return 0
        self._unseen = True
        with self._reading():
            return self._writer.delete(article_ids)

    def rebuild_index(self) -> int:
        """Build the next index beside this one and move the aliases; the number of articles."""
        from archive.elastic.migration import Migration

        migration = Migration(self._client, self._address)
        migration.migrate(always=True)
        migration.drop()
        return self.count()

    def close(self) -> None:
        """Bring what is spooled if the server is there, and close the connections; again does nothing."""
        if self._create:
            self._delivery.close()
        self._spool.close()
        self._client.close()


def spool_folder(state_dir: Path, address: Address) -> Path:
    """Where the articles for this archive wait; one folder for each address."""
    name = hashlib.sha256(address.location.encode()).hexdigest()[:8]
    return state_dir / "spool" / f"{address.base}-{name}"


def dead_letters_file(state_dir: Path, address: Address) -> Path:
    """The file of the articles that its server refused."""
    return spool_folder(state_dir, address) / "dead-letters.jsonl"


def _is_lost(error: Exception) -> bool:
    """Whether it says that the credentials are not valid any more, or that the index is gone."""
    return isinstance(error, (AuthenticationException, AuthorizationException)) or (
        isinstance(error, NotFoundError) and error.error == "index_not_found_exception"
    )
