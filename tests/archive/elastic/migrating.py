"""Migrations and puts in processes of their own, which kill -9 ends at one of their requests."""

import asyncio
import multiprocessing
import os
import random
import signal
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from elastic_transport import Transport
from elasticsearch import Elasticsearch

from archive import open_archive
from archive.article import Article
from archive.elastic import archive, documents, indexes, items, migration, schema, writer
from archive.elastic.address import Address
from archive.elastic.analyzers import analysis
from archive.errors import ArchiveError

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__])

KILLED = -signal.SIGKILL


def run(
    url: str, base: str, command: str, *, kill_at: int = 0, newer: bool = False, **options: Any
) -> tuple[int, str]:
    """Run `migrate`, `back` or `drop`; the exit code, and what it said last (an error's text, too).

    `newer`: by a program of the next schema version. `kill_at`: the number of the request at which it is
    killed; some before, some during, some after it.
    """
    ours, theirs = _processes.Pipe(duplex=False)
    code = _exit_code(_migrate, theirs, url, base, command, kill_at, newer, options)
    theirs.close()
    with ours:
        try:
            return code, ours.recv()
        except EOFError:
            return code, ""


def put(url: str, base: str, folder: Path, articles: Sequence[Article], *, kill_at: int) -> int:
    """Put articles in a process that is killed at one of its requests; the exit code."""
    return _exit_code(_put, url, base, folder, articles, kill_at)


def _exit_code(do: Callable[..., None], *args: Any) -> int:
    process = _processes.Process(target=do, args=args)
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode


def _put(url: str, base: str, folder: Path, articles: Sequence[Article], kill_at: int) -> None:
    opened = open_archive(f"{url}/{base}", folder)
    _die_at(kill_at)
    asyncio.run(opened.put(articles))
    os._exit(0)


def _migrate(
    answer: Connection, url: str, base: str, command: str, kill_at: int, newer: bool, options: dict[str, Any]
) -> None:
    # More places to be killed at.
    migration.PAGE, migration.PAGES_A_NOTE, indexes.PAGE_OF_STATES = 100, 2, 300
    analyse_simply(pytest.MonkeyPatch())
    if newer:
        be_newer(pytest.MonkeyPatch())
    if kill_at:
        _die_at(kill_at)
    with Elasticsearch(url) as client:
        try:
            answer.send(
                getattr(migration.Migration(client, Address.parse(f"{url}/{base}")), command)(**options)
            )
        except ArchiveError as error:
            answer.send(str(error))


def analyse_simply(patch: pytest.MonkeyPatch) -> None:
    """Let all analyzers be a simple one: to make an index with ours takes seconds."""
    simple = {"type": "custom", "tokenizer": "standard", "filter": ["lowercase"]}
    names = analysis()["analyzer"]
    patch.setattr(schema, "analysis", lambda: {"analyzer": dict.fromkeys(names, simple)})


def be_newer(patch: pytest.MonkeyPatch) -> None:
    """Be a program of the next schema version, which has one field more."""
    version = schema.SCHEMA_VERSION + 1
    for module in (schema, archive, migration, writer):
        patch.setattr(module, "SCHEMA_VERSION", version)
    patch.setitem(schema._FIELDS, "words", ({"type": "integer"}, "number of words"))
    patch.setattr(documents, "_DERIVED", (*documents._DERIVED, "words"))
    for user in (migration, items):
        patch.setattr(user, "document", _with_words)


def _with_words(article: Article) -> dict[str, Any]:
    return {**documents.document(article), "words": len(article.article_body.split())}


def _die_at(number: int) -> None:
    perform = Transport.perform_request
    count = 0

    def counted(self: Transport, *args: Any, **values: Any) -> Any:
        nonlocal count
        count += 1
        if count < number:
            return perform(self, *args, **values)
        when = random.choice(["before", "during", "after"])
        if when == "during":
            threading.Timer(random.random() / 100, _die).start()
        elif when == "before":
            _die()
        answer = perform(self, *args, **values)
        _die()
        return answer

    Transport.perform_request = counted  # type: ignore[method-assign]


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
