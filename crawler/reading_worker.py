"""The process that reads pages for `crawler.reading`.

    python -m crawler.reading_worker MODULE:FUNCTION SECONDS

Messages are a length (8 bytes, big-endian) and that many bytes: a pickled Page comes in on stdin, JSON goes
out on stdout: {} when it is ready, then {"article": ...}, {"reason": ..., "url": ...} or {"error": ...} for
each page.

It ends when stdin ends, so with its parent; and by the kernel's timer (SIGALRM, default action) if one page
takes much longer than its limit, even in C code that holds the GIL, and even when the parent is gone.
"""

import json
import logging
import os
import pickle
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from importlib import import_module
from typing import Any, BinaryIO

from archive.article import Article
from archive.errors import StorytrailError
from archive.url import readable
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle
from crawler.reading import HEADER

GRACE = 1.0
"""Seconds after the limit at which the kernel ends the worker, if the parent has not."""

Reader = Callable[[Page], Article]

_SAMPLE = """<html lang="de"><title>Ein Satz vorab</title><meta name="date" content="8. August 2022">
<article><h1>Ein Satz vorab</h1><p>Diese Seite wird einmal gelesen, damit die erste richtige Seite nicht auf
das Laden der Modelle wartet. Sie ist lang genug, um als Text zu gelten, und nennt ihr Datum in Worten.</p>
</article>"""


def main() -> None:
    """Serve until stdin ends."""
    for ending in (signal.SIGINT, signal.SIGTERM):  # these are for the parent, which lets pages be finished
        signal.signal(ending, signal.SIG_IGN)
    source, sink = _pipes()
    for name in ("trafilatura", "htmldate", "charset_normalizer", "dateparser"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they tell of every odd page
    module, _, name = sys.argv[1].partition(":")
    reader: Reader = getattr(import_module(module), name)
    limit = float(sys.argv[2]) + GRACE
    _warm_up(reader)
    _send(sink, {})
    while request := _receive(source):
        _set_timer(limit)
        reply = answer(reader, pickle.loads(request))  # noqa: S301 (from our parent)
        _set_timer(0)
        _send(sink, reply)


def answer(reader: Reader, page: Page) -> dict[str, Any]:
    """The reply to one page: its article, or what went wrong in one line."""
    try:
        return {"article": reader(page).to_dict()}
    except NotAnArticle as refused:
        return {"reason": refused.reason, "url": refused.url}
    except StorytrailError as error:
        return {"error": str(error)}
    except BaseException as error:  # whatever a parser raises, even SystemExit, must not end the worker
        what = " ".join(f"{type(error).__name__}: {error}".split())[:300]
        return {"error": f"{readable(page.url)}: could not be read ({what.rstrip(': ')})"}


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """stdin and stdout for the messages alone: a library that prints must not break them."""
    source, sink = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return source, sink


def _warm_up(reader: Reader) -> None:
    """Import and load everything that reading needs."""
    answer(reader, Page(url="http://page.invalid/", body=_SAMPLE.encode(), fetched_at=datetime.now(UTC)))


def _set_timer(seconds: float) -> None:
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds)


def _receive(source: BinaryIO) -> bytes:
    header = source.read(HEADER)
    return source.read(int.from_bytes(header, "big")) if len(header) == HEADER else b""


def _send(sink: BinaryIO, reply: dict[str, Any]) -> None:
    message = json.dumps(reply).encode()
    try:
        sink.write(len(message).to_bytes(HEADER, "big") + message)
        sink.flush()
    except BrokenPipeError:
        os._exit(1)  # the parent is gone; nobody is left to tell


if __name__ == "__main__":
    main()
