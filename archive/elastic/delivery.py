"""Articles on their way to the server: straight away, or by the spool while it is away.

An article is acknowledged once the server has it or the spool's file is synced. While the server is away a
thread asks for it, at first each second, at last each half minute, and brings what the spool holds when it is
back. Several processes may bring the same articles: the second finds them kept already.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from tenacity import (
    Retrying,
    retry_if_result,
    sleep_using_event,
    stop_when_event_set,
    wait_random_exponential,
)

from archive.article import Article
from archive.base import PutResult
from archive.elastic.spool import Spool
from archive.elastic.writer import CHUNK, Writer
from archive.errors import ArchiveAway, ArchiveError
from archive.records import Refused, check, json_of

FIRST_WAIT = 1.0
"""Seconds until the first look whether the server is back; doubled, with chance, for each further one."""

LONGEST_WAIT = 30.0
"""Seconds at most between two looks."""

CLOSE_SECONDS = 5.0
"""How long a closing archive waits for articles that are being brought; the next command brings the rest."""

_log = logging.getLogger(__name__)


class Delivery:
    """Delivers articles and run reports; safe for several threads.

    `reach` asks the server and makes the index ready, or raises ArchiveError. `send_runs` writes run reports.
    """

    def __init__(
        self,
        writer: Writer,
        spool: Spool,
        reach: Callable[[], None],
        send_runs: Callable[[list[dict[str, Any]]], None],
    ) -> None:
        self._writer = writer
        self._spool = spool
        self._reach = reach
        self._send_runs = send_runs
        self._wanted = threading.Event()  # there may be something to bring
        self._closing = threading.Event()
        self._until = float("inf")
        self._lock = threading.Lock()
        self._bringing = threading.Lock()
        self._thread: threading.Thread | None = None
        self.away = ""
        """Why the server cannot be written to or read from; empty while it can."""

    def put(self, articles: Sequence[Article]) -> list[PutResult]:
        """One result each, in order; raises ArchiveFull, none of them kept, when the spool has no room."""
        results: list[PutResult | None] = [None] * len(articles)
        if not self.away:
            results, away = self._writer.put(articles)
            if away:
                self.leave(str(away))
        rest = [number for number, result in enumerate(results) if result is None]
        # What is done cannot be undone: the rest of such a batch is let in even where the spool is full.
        kept = self._put_aside([articles[number] for number in rest], bounded=len(rest) == len(articles))
        found = dict(zip(rest, kept, strict=True))
        return [result or found[number] for number, result in enumerate(results)]

    def _put_aside(self, articles: list[Article], *, bounded: bool) -> list[PutResult]:
        results, sound = [], []
        for article in articles:
            try:
                check(article)
                json_of(article.to_dict())
                sound.append(article)
                results.append(PutResult(article.id, "spooled"))
            except Refused as refusal:
                results.append(PutResult(str(article.id), "refused", str(refusal)))
        if sound:
            self._spool.add(sound, bounded=bounded)
            self._start_bringing()  # after it is there: the server may have come back meanwhile
        return results

    def put_run(self, record: dict[str, Any]) -> None:
        """Write a run report, or spool it."""
        try:
            if not self.away:
                self._send_runs([record])
                return
        except ArchiveAway as error:
            self.leave(str(error))
        except ArchiveError as error:
            _log.warning("%s; the run report stays in the spool", error)
        self._spool.add_run(record)

    def leave(self, reason: str) -> None:
        """The server is away: from now on everything goes to the spool, until it is back."""
        self._note(reason)
        self._start_bringing()

    def _note(self, reason: str) -> None:
        with self._lock:
            if not self.away:
                _log.warning("%s; articles go to the spool until it is back", reason)
            self.away = reason

    def follow(self) -> None:
        """Bring what earlier commands spooled, behind the scenes."""
        if self._spool.count() or self._spool.runs(1):
            self._start_bringing()

    def _start_bringing(self) -> None:
        with self._lock:
            if self._closing.is_set():
                return
            self._wanted.set()
            if self._thread is None:
                self._thread = threading.Thread(target=self._work, name="archive spool", daemon=True)
                self._thread.start()

    def _work(self) -> None:
        tries = Retrying(
            wait=wait_random_exponential(multiplier=FIRST_WAIT, max=LONGEST_WAIT),
            sleep=sleep_using_event(self._closing),
            stop=stop_when_event_set(self._closing),
            retry=retry_if_result(lambda brought: not brought),
            retry_error_callback=lambda state: None,
        )
        while not self._closing.is_set():
            self._wanted.wait()
            self._wanted.clear()
            if self.away:
                self._closing.wait(FIRST_WAIT)
            tries(self._try_to_bring)

    def _try_to_bring(self) -> bool:
        """Whether all was brought."""
        try:
            self.bring()
        except ArchiveAway as error:
            self._note(str(error))
        except Exception as error:  # whatever it is: without this thread nothing would be brought any more
            known = isinstance(error, ArchiveError)
            reason = str(error) if known else f"{type(error).__name__}: {' '.join(str(error).split())}"
            if self._closing.is_set():
                return True
            if self.away and self.away != reason:
                _log.warning("spooled articles stay where they are: %s", reason)
            self._note(reason)
        else:
            return True
        return False

    def bring(self) -> int:
        """Bring what is spooled; the number of articles brought.

        Raises ArchiveAway when the server goes away meanwhile.
        """
        brought = 0
        with self._bringing:
            self._reach()
            while time.monotonic() < self._until and (rows := self._spool.batch(CHUNK)):
                results, away = self._writer.put([article for _, article in rows])
                done = [number for (number, _), result in zip(rows, results, strict=True) if result]
                self._spool.remove(done)
                brought += len(done)
                if away:
                    raise away
                self._note_back()
            self._note_back()
            self._bring_runs()
        if brought:
            _log.warning("%s spooled articles are in the archive now", brought)
        return brought

    def _note_back(self) -> None:
        with self._lock:
            if self.away:
                _log.warning("the archive's server is back")
            self.away = ""

    def _bring_runs(self) -> None:
        while runs := self._spool.runs(CHUNK):
            try:
                self._send_runs([record for _, record in runs])
            except ArchiveAway:
                raise
            except ArchiveError as error:  # no reason to keep articles back
                _log.warning("%s; run reports stay in the spool", error)
                return
            self._spool.remove_runs([number for number, _ in runs])

    def close(self) -> None:
        """Wait a little for what is being brought, not for a server that is away; again does nothing."""
        if self._closing.is_set():
            return
        wait = 0.0 if self.away else CLOSE_SECONDS
        self._until = time.monotonic() + wait
        self._closing.set()
        self._wanted.set()
        if self._thread:
            self._thread.join(wait)
