"""Whether a WARC file holds: every record whole and as its digests say."""

import fcntl
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from archive.warc import cdxj
from archive.warc.members import Broken, Member, members
from archive.warc.records import parsed

OPEN = ".open"
"""Suffix of a file that is being written, or was when its process ended."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A record that does not hold."""

    offset: int
    problem: str


@dataclass(slots=True)
class Checked:
    """What a file holds."""

    path: Path
    records: int = 0
    """Records that hold."""
    faults: list[Fault] = field(default_factory=list)
    torn: int | None = None
    """Where a killed process was writing its last record; nothing points there."""
    indexed: bool = False
    """Whether an index was missing and has been written."""


def check_file(path: Path) -> Checked:
    """Read every record of the file; write its index where one is missing. Raises OSError.

    A file that a process has open is checked as far as it is written.
    """
    checked = Checked(path)
    lines: list[str] = []
    with path.open("rb") as file:
        in_use = _in_use(file)
        for member in members(file):
            if isinstance(member, Broken):
                _note(checked, member, in_use=in_use)
            elif (line := _check(member, checked)) is not None:
                lines.append(line)
    if not in_use and not cdxj.index_of(path).exists():
        with suppress(OSError):  # on a disk that cannot be written a check is still a check
            cdxj.write(path, lines)
            checked.indexed = True
    return checked


def lock(file: BinaryIO) -> None:
    """Mark a file as being written, until it is closed or its process ends, however it ends."""
    with suppress(OSError):  # a file system without locks
        fcntl.flock(file, fcntl.LOCK_EX)


def _in_use(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a file system without locks: nobody can tell
        return file.name.endswith(OPEN)
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


def _note(checked: Checked, broken: Broken, *, in_use: bool) -> None:
    """At the end of a file that was not closed stands what its process could not write to the end."""
    if broken.last and checked.path.name.endswith(OPEN):
        checked.torn = None if in_use else broken.offset
    else:
        checked.faults.append(Fault(broken.offset, f"a damaged record ({broken.reason})"))


def _check(member: Member, checked: Checked) -> str | None:
    """Count the record or its fault; its line for the index."""
    try:
        record = parsed(member, check_digests=True)
        line = cdxj.line_of(record, member, checked.path.name)
        _read_to_end(record.raw_stream)
    except ValueError as error:
        checked.faults.append(Fault(member.offset, f"a damaged record ({error})"))
        return None
    if record.digest_checker.passed is False:
        checked.faults.append(
            Fault(member.offset, f"another content ({'; '.join(record.digest_checker.problems)})")
        )
        return None
    checked.records += 1
    return line


def _read_to_end(stream: BinaryIO) -> None:
    """So that warcio has seen what it checks. Raises ValueError where the record is cut off."""
    while stream.read(1 << 16):
        pass
    if getattr(stream, "limit", 0):
        raise ValueError("shorter than it says")
