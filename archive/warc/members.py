"""The gzip members of a WARC file: one a record, each found by its offset.

warcio reads records, too, but does not tell a torn record from the end of a file, nor go on after a damaged
one; gzip's own check sums do.
"""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

_GZIP = 31
"""zlib's number for "a gzip header and its check sum"."""
_CHUNK = 1 << 15
_MOST_AT_ONCE = 1 << 20
_START = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class Member:
    """One whole member."""

    offset: int
    length: int
    """Bytes of the file that it takes."""
    data: bytes
    """Unpacked, or as much of it as was to be kept."""
    size: int
    """Bytes unpacked."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A place where a member should be and none can be read."""

    offset: int
    reason: str
    last: bool
    """Whether nothing whole follows in the file."""


def member_at(file: BinaryIO, offset: int, *, keep: int | None = None) -> Member | None:
    """The member that begins there; None at the end of the file. Raises ValueError with the reason.

    `keep`: bytes of it that are kept at most, whatever it holds.
    """
    file.seek(offset)
    unpacker = zlib.decompressobj(wbits=_GZIP)
    parts: list[bytes] = []
    read = size = 0
    while not unpacker.eof:
        chunk = unpacker.unconsumed_tail or file.read(_CHUNK)
        if not chunk and not read:
            return None
        if not chunk:
            raise ValueError("it ends in the middle")
        read += 0 if unpacker.unconsumed_tail else len(chunk)
        try:
            part = unpacker.decompress(chunk, _MOST_AT_ONCE)
        except zlib.error as error:
            raise ValueError(str(error).rpartition(": ")[2]) from None
        if keep is None or size < keep:
            parts.append(part)
        size += len(part)
    return Member(offset, read - len(unpacker.unused_data), b"".join(parts), size)


def members(file: BinaryIO, *, keep: int | None = None) -> Iterator[Member | Broken]:
    """All members from the start; after a broken one the next whole one that begins a WARC record.

    `keep` as for `member_at`.
    """
    offset: int | None = 0
    while offset is not None:
        try:
            member = member_at(file, offset, keep=keep)
        except ValueError as error:
            following = _next_start(file, offset + 1)
            yield Broken(offset, str(error), last=following is None)
            offset = following
            continue
        if member is None:
            return
        yield member
        offset += member.length


def _next_start(file: BinaryIO, offset: int) -> int | None:
    """Where the next member that begins a WARC record begins, at or after the offset."""
    while True:
        file.seek(offset)
        chunk = file.read(_CHUNK)
        if len(chunk) < len(_START):
            return None
        found = chunk.find(_START)
        if found < 0:
            offset += len(chunk) - len(_START) + 1
            continue
        if _begins_record(file, offset + found):
            return offset + found
        offset += found + 1


def _begins_record(file: BinaryIO, offset: int) -> bool:
    try:
        member = member_at(file, offset, keep=1)
    except ValueError:
        return False
    return member is not None and member.data.startswith(b"WARC/")
