"""`ReadingPool`: pages are read in worker processes; the event loop stays free and a bad page harms nobody.

Reading takes 20 to 50 ms of CPU a page, and now and then a page hangs a parser for good or crashes it. A
worker that is over its time limit is killed and replaced; what the worker does by itself is told in
crawler/reading_worker.py. Why this is not a pool library: docs/decisions/0003-reading.md.
"""

import asyncio
import json
import os
import pickle
import signal
import sys
from contextlib import suppress
from dataclasses import replace
from typing import Any

from archive.article import Article
from archive.errors import PageError
from archive.url import readable
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle, ReaderFailed

READER = "crawler.extractors:read"
"""The function that reads a page, as module:name."""

START_LIMIT = 120.0
"""Seconds for a worker to start and to import what it reads with: 3 s on an idle machine."""

CLOSE_LIMIT = 5.0
"""Seconds for an idle worker to end by itself."""

HEADER = 8
"""Bytes of the length before each message of a worker's pipes, big-endian."""


class ReadingPool:
    """Workers that read pages. It belongs to one event loop; close it before that ends."""

    def __init__(self, workers: int, time_limit: float, *, reader: str = READER) -> None:
        """At most `workers` processes; `time_limit` is seconds of wall time for one page, once it has a
        worker."""
        self._count = workers
        self._limit = time_limit
        self._reader = reader
        self._free = asyncio.Semaphore(workers)
        self._idle: list[_Worker] = []
        self._closed = False

    async def warm_up(self) -> None:
        """Start all workers now, so that the first pages do not wait for it; needs not be called."""
        missing = self._count - len(self._idle)
        self._idle += await asyncio.gather(
            *(_Worker.start(self._reader, self._limit) for _ in range(missing))
        )

    async def read(self, page: Page) -> Article:
        """The article of a page.

        Raises NotAnArticle, or another PageError for a page that took too long, ended its worker, or met an
        error in reading; the message is one line with the page's address. A cancelled read ends its worker.
        """
        async with self._free:
            if self._closed:
                raise ReaderFailed(f"{readable(page.url)}: not read, the crawl is ending")
            worker = await self._take()
            try:
                async with asyncio.timeout(self._limit):
                    reply = await worker.ask(page)
            except TimeoutError:
                await worker.kill()
                raise PageError(_too_slow(page, self._limit)) from None
            except (asyncio.IncompleteReadError, ConnectionError):
                code = await worker.kill()
                raise _end_of_worker(page, code, self._limit) from None
            except BaseException:
                await worker.kill()
                raise
            self._idle.append(worker)
        return _article(reply)

    async def _take(self) -> "_Worker":
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                return worker
            await worker.kill()
        return await _Worker.start(self._reader, self._limit)

    async def close(self) -> None:
        """Wait for reads that are under way (their limit holds), then end the workers."""
        self._closed = True
        for _ in range(self._count):
            await self._free.acquire()
        await asyncio.gather(*(worker.close() for worker in self._idle))
        self._idle.clear()
        for _ in range(self._count):
            self._free.release()


class _Worker:
    """One process with its two pipes."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin
        assert process.stdout
        self._process, self._to, self._from = process, process.stdin, process.stdout

    @classmethod
    async def start(cls, reader: str, limit: float) -> "_Worker":
        """A process that is ready to read."""
        # our own import path, whatever the working folder: also inside an egg
        path = os.pathsep.join(os.path.abspath(entry) for entry in sys.path)
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "crawler.reading_worker", reader, str(limit)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env={**os.environ, "PYTHONPATH": path},
                start_new_session=True,  # Ctrl-C goes to the whole group, and is the crawl's to handle
            )
        except OSError as error:
            raise ReaderFailed(f"the process that reads pages did not start: {error.strerror}") from None
        worker = cls(process)
        try:
            async with asyncio.timeout(START_LIMIT):
                await worker._receive()
        except (TimeoutError, asyncio.IncompleteReadError):
            code = await worker.kill()
            raise ReaderFailed(
                f"the process that reads pages did not start (exit code {code}): see stderr"
            ) from None
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def alive(self) -> bool:
        """Whether the process has not ended, as far as is known."""
        return self._process.returncode is None and not self._from.at_eof()

    async def ask(self, page: Page) -> dict[str, Any]:
        """The worker's reply to a page."""
        request = pickle.dumps(replace(page, headers=dict(page.headers)), protocol=pickle.HIGHEST_PROTOCOL)
        self._to.write(len(request).to_bytes(HEADER, "big") + request)
        await self._to.drain()
        reply: dict[str, Any] = json.loads(await self._receive())
        return reply

    async def _receive(self) -> bytes:
        length = int.from_bytes(await self._from.readexactly(HEADER), "big")
        return await self._from.readexactly(length)

    async def close(self) -> None:
        """Let the worker end: it does when its pipe closes."""
        self._to.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_LIMIT):
                await self._process.wait()
        await self.kill()

    async def kill(self) -> int:
        """End the process if it still runs; its exit code."""
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                self._process.kill()
        self._to.close()
        code = await asyncio.shield(self._process.wait())
        await (
            self._from.read()
        )  # to the end, so that the pipe's transport is closed with the loop still running
        return code


def _article(reply: dict[str, Any]) -> Article:
    """The article of a reply, or its error. JSON, not pickle: the worker has read what strangers wrote."""
    if "article" in reply:
        return Article.from_dict(reply["article"])
    if "reason" in reply:
        raise NotAnArticle(reply["reason"], reply["url"])
    raise PageError(reply["error"])


def _too_slow(page: Page, limit: float) -> str:
    return f"{readable(page.url)}: took longer than {limit:g} s to read"


def _end_of_worker(page: Page, code: int, limit: float) -> PageError:
    if code == -getattr(signal, "SIGALRM", 0):
        return PageError(_too_slow(page, limit))
    cause = f"exit code {code}: a crash, or out of memory"
    what = f"{readable(page.url)}: ended the process that read it ({cause})"
    killed = code in (-signal.SIGKILL, -signal.SIGTERM)  # from outside, or by the kernel for want of memory
    return ReaderFailed(what) if killed else PageError(what)
