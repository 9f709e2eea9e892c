"""A crawl's side of the ledger: announce, take work, settle; all without blocking the event loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from sqlalchemy.exc import DatabaseError

from archive.article import RawPage
from archive.errors import LedgerError
from archive.url import ledger_key
from crawler.ledger import Ledger
from crawler.ledger_tables import Known, Lease, Outcome, Work
from pipelines.opened import state_dir

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


def ledger_at(settings: "BaseSettings") -> Ledger:
    """The ledger of the settings LEDGER_URL and STATE_DIR. Raises LedgerError where it cannot be opened."""
    url = settings.get("LEDGER_URL")
    if not url:
        folder = state_dir(settings)
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LedgerError(f"cannot make the state folder {folder}: {error.strerror}") from None
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
    return Ledger(
        url,
        lease_seconds=settings.getfloat("LEASE_SECONDS"),
        timeout=settings.getfloat("LEDGER_TIMEOUT"),
    )


class Frontier:
    """The leases of one run. Ledger calls run one after another in a thread of their own."""

    def __init__(self, settings: "BaseSettings", job: str) -> None:
        self.job = job
        self.held: dict[str, Lease] = {}
        """Leases that are not settled yet, by ledger key."""
        self.changed = asyncio.Event()
        """Set whenever there may be something to take, or nothing left to wait for."""
        self._heartbeat_seconds = settings.getfloat("HEARTBEAT_SECONDS")
        self._tries_allowed = settings.getint("ERROR_TRIES")
        self._retry_seconds = settings.getfloat("ERROR_RETRY_SECONDS")
        self._ledger = ledger_at(settings)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        self._run = ""
        self._heart: asyncio.Task[None] | None = None
        self.broken = ""
        """Why the ledger cannot be written any more; empty while it can."""

    async def open(self) -> None:
        """Register the run and keep its heart beating."""
        self._run = await self._call(self._ledger.start_run, self.job)
        self._heart = asyncio.create_task(self._beat())

    async def close(self, finish_reason: str) -> None:
        """Give back what is still held and end the run; a second call does nothing."""
        if not self._run:
            return
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.gather(self._heart, return_exceptions=True)
        run, self._run = self._run, ""
        try:
            await self._call(self._ledger.end_run, run, finish_reason)
        except LedgerError as error:  # the leases fall due again when this process is gone
            logger.warning("%s", error)
        finally:
            await self._call(self._ledger.close)
            self._thread.shutdown(wait=False)

    async def announce(self, works: Sequence[Work]) -> list[Known]:
        """Write the URLs that are new; one answer each, in order."""
        return await self._call(self._ledger.announce, self.job, works) if works else []

    async def take(self, limit: int, *, per_host: int | None = None, url: str | None = None) -> list[Lease]:
        """Lease up to `limit` URLs of this job that are due; see `Ledger.lease`."""
        leases = await self._call(
            partial(self._ledger.lease, self._run, self.job, limit, per_host=per_host, url=url)
        )
        self.held |= {lease.key: lease for lease in leases}
        return leases

    def lease_of(self, announced_url: str) -> Lease | None:
        """The held lease of the URL, if any."""
        return self.held.get(ledger_key(announced_url))

    async def settle(
        self,
        lease: Lease,
        outcome: Outcome,
        *,
        reason: str = "",
        article_id: str | None = None,
        raw: RawPage | None = None,
    ) -> bool:
        """Give the URL its outcome; False if the lease was lost or the ledger cannot be written."""
        return await self._finish(
            lease, partial(self._ledger.settle, lease, outcome, reason=reason, article_id=article_id, raw=raw)
        )

    async def fail(self, lease: Lease, reason: str) -> bool:
        """A failure that may pass: due again later; settled as `error` after the last try."""
        return await self._finish(
            lease,
            partial(
                self._ledger.fail,
                lease,
                reason,
                tries_allowed=self._tries_allowed,
                retry_seconds=self._retry_seconds,
            ),
        )

    async def note_poll(self, url: str, source: str, *, status: int, announced: int, problem: str) -> None:
        """Remember how a feed, sitemap or front page answered."""
        await self._call(
            partial(self._ledger.note_poll, url, source, status=status, announced=announced, problem=problem)
        )

    async def count_by_state(self) -> dict[str, int]:
        """Number of this job's URLs in each state."""
        return await self._call(self._ledger.count_by_state, self.job)

    async def archived_before(self) -> list[str]:
        """Ids of the archived articles among what this job announced in earlier runs."""
        return await self._call(self._ledger.archived_of, self.job)

    async def _finish(self, lease: Lease, settle: Callable[[], bool]) -> bool:
        try:
            return await self._call(settle)
        except LedgerError as error:  # the row stays leased; `end_run` or our death gives it back
            self.broken = str(error)
            return False
        finally:
            self.held.pop(lease.key, None)
            self.changed.set()

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self._heartbeat_seconds)
            try:
                if await self._call(self._ledger.heartbeat, self._run):
                    self.changed.set()
            except LedgerError as error:
                logger.warning("%s", error)

    async def _call(self, function: Callable[..., _T], *args: object) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, partial(function, *args))
        except DatabaseError as error:
            raise LedgerError(f"the ledger {self._ledger.location} cannot be written: {error.orig}") from None
