"""Dead letters: articles that the server refuses, each with the reason, until somebody has them tried again.

A file of JSON lines: {"at": ISO 8601 in UTC, "reason": ..., "article": `Article.to_dict()`}. Several
processes may append at once. While letters are tried again the file lies beside its place, as NAME.taken-1
(-2 ...); it is removed when all of it was dealt with, so that a process killed at any moment loses none. The
empty files NAME.lock and NAME.taking are locks.
"""

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from archive.article import Article
from archive.clock import now
from archive.elastic.spool import make_folder, sync_folder
from archive.errors import ArchiveBusy, ArchiveError
from archive.records import Refused, check


class _Unreadable(Exception):
    """This line is no letter; the text is the reason."""


class DeadLetters:
    """The dead letters in the file `path`, which is made by the first.

    Every method raises ArchiveError where the disk refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, article: Article, reason: str) -> None:
        """Append one letter; it is on disk when this returns."""
        letter = {"at": now().isoformat(), "reason": reason, "article": article.to_dict()}
        line = json.dumps(letter).encode()  # as ASCII, for half a surrogate pair has no UTF-8
        with self._failures():
            make_folder(self.path.parent)
            with self._locked(fcntl.LOCK_EX):
                self._append([line])

    def count(self) -> int:
        """Number of letters, those that cannot be read among them."""
        return sum(1 for _ in self._all_lines())

    def unreadable(self) -> list[str]:
        """File, line and fault of each letter that cannot be read, such as one that a full disk cut short."""
        faults = []
        for place, line in self._all_lines():
            try:
                _letter(line)
            except _Unreadable as error:
                faults.append(f"{place}: {error}")
        return faults

    @contextmanager
    def take(self) -> Iterator[Iterator[tuple[Article, str]]]:
        """Hand out all letters to be tried again, oldest first: `with dead.take() as letters: ...`

        A letter (article, reason) that fails again must be added anew. At the end of the block those that
        were handed out are gone; those not asked for and those that cannot be read are back in the file.
        After an exception or a kill all that were taken are there again, so that some may be tried twice.
        Raises ArchiveBusy where another process is at it.
        """
        if not self.path.parent.is_dir():
            yield iter(())
            return
        with self._alone():
            files = self._move_aside()
            lines = self._lines(files)
            unreadable: list[bytes] = []
            yield _letters(lines, unreadable)
            with self._failures(), self._locked(fcntl.LOCK_EX):
                self._append([*unreadable, *(line for _, line in lines)])
                for file in files:
                    file.unlink()

    def _append(self, lines: Sequence[bytes]) -> None:
        """Append the lines, whole ones or nothing; the caller holds the lock."""
        if not lines:
            return
        file = os.open(self.path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
        try:
            size = os.fstat(file).st_size
            torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
            text = b"\n" * torn + b"".join(line + b"\n" for line in lines)
            try:
                while text:
                    text = text[os.write(file, text) :]
                os.fsync(file)
            except OSError:
                os.ftruncate(file, size)
                raise
        finally:
            os.close(file)
        sync_folder(self.path.parent)

    def _move_aside(self) -> list[Path]:
        """Put the letters out of the way of new ones; all files to hand out, also a killed process's."""
        with self._failures(), self._locked(fcntl.LOCK_EX):
            taken = self._taken()
            if self.path.exists():
                number = 1 + max((_number(file) for file in taken), default=0)
                taken.append(self.path.rename(f"{self.path}.taken-{number}"))
            return taken

    def _taken(self) -> list[Path]:
        """The files that were moved aside, oldest first."""
        prefix = f"{self.path.name}.taken-"
        files = [file for file in self.path.parent.iterdir() if file.name.startswith(prefix)]
        return sorted((file for file in files if file.name.removeprefix(prefix).isdecimal()), key=_number)

    def _all_lines(self) -> Iterator[tuple[str, bytes]]:
        """All lines while nobody writes."""
        with self._failures():
            if not self.path.parent.is_dir():
                return
            with self._locked(fcntl.LOCK_SH):
                yield from self._lines([*self._taken(), *([self.path] if self.path.exists() else [])])

    def _lines(self, files: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
        """Place and text of each line that is not blank."""
        with self._failures():
            for path in files:
                with path.open("rb") as file:
                    for number, line in enumerate(file, start=1):
                        if text := line.strip():
                            yield f"{path} line {number}", text

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Nobody else hands out letters meanwhile."""
        with ExitStack() as stack:
            with self._failures():
                try:
                    stack.enter_context(self._locked(fcntl.LOCK_EX | fcntl.LOCK_NB, ".taking"))
                except BlockingIOError:
                    raise ArchiveBusy(
                        f"another process is trying the dead letters {self.path} again; wait for its end"
                    ) from None
            yield

    @contextmanager
    def _locked(self, kind: int, suffix: str = ".lock") -> Iterator[None]:
        """Hold a lock of the operating system, which ends with the process. Raises OSError."""
        file = os.open(f"{self.path}{suffix}", os.O_RDONLY | os.O_CREAT, 0o666)
        try:
            fcntl.flock(file, kind)
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)  # for all copies that a fork made of it
            os.close(file)

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise ArchiveError(
                f"the dead letters {self.path} cannot be read or written: {error.strerror or error};"
                " check the folder's rights and that its disk has room"
            ) from error


def _number(taken: Path) -> int:
    return int(taken.name.rpartition("-")[2])


def _letters(lines: Iterator[tuple[str, bytes]], unreadable: list[bytes]) -> Iterator[tuple[Article, str]]:
    """The letters in the lines; those that are none are put into `unreadable`."""
    for _, line in lines:
        try:
            letter = _letter(line)
        except _Unreadable:
            unreadable.append(line)
        else:
            yield letter


def _letter(line: bytes) -> tuple[Article, str]:
    try:
        letter = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _Unreadable(f"not JSON: {error}") from None
    if not isinstance(letter, dict) or not isinstance(letter.get("article"), dict):
        raise _Unreadable("no article in it")
    try:
        article = Article.from_dict(letter["article"])
        check(article)
    except Refused as refusal:
        raise _Unreadable(str(refusal)) from None
    except (TypeError, ValueError, AttributeError, OverflowError) as error:
        raise _Unreadable(f"not an article: {error}") from None
    return article, str(letter.get("reason", ""))
