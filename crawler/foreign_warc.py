"""Pages in WARC files that others made, such as Common Crawl's CC-NEWS: found by a scan, read one by one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from warcio.bufferedreaders import ChunkedDataReader
from warcio.recordloader import ArcWarcRecord

from archive.errors import WarcError
from archive.warc.cdxj import mime_of
from archive.warc.members import Broken, Member, member_at, members
from archive.warc.records import parsed

HTML = ("text/html", "application/xhtml+xml")
LARGEST = 64_000_000
"""Bytes of a record, with its head; what is larger is no news page."""
_HEAD = 65_536
_GZIP = b"\x1f\x8b"
_LENGTH = re.compile(rb"^content-length:[ \t]*([0-9]{1,15})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_IS_HTML = re.compile(rb"<(?:!doctype|html|head|body)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record lies."""

    path: Path
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignPage:
    """One HTML page with status 200."""

    url: str
    headers: list[tuple[str, str]]
    """Without those that are no longer true of the body."""
    body: bytes
    """Transfer-encoding undone, content-encoding not."""
    date: datetime
    """WARC-Date: when it was fetched, UTC."""
    ip: str
    """Address of the server; "" where the record does not say."""


def scan(path: Path) -> Iterator[tuple[str, int]]:
    """Address and offset of each HTML page with status 200.

    After all that can be read, raises WarcError for what cannot.
    """
    problems: list[str] = []
    try:
        with path.open("rb") as file:
            for member in _records(file):
                if isinstance(member, Broken):
                    problems.append(f"at byte {member.offset} ({member.reason})")
                    continue
                try:
                    if url := _page_url(member):
                        yield url, member.offset
                except ValueError as error:
                    problems.append(f"at byte {member.offset} ({error})")
    except OSError as error:
        problems.append(f"({error.strerror})")
    if problems:
        more = f", nor {len(problems) - 1} records more" if len(problems) > 1 else ""
        raise WarcError(f"{path}: cannot be read {problems[0]}{more}")


def read_at(place: Place) -> ForeignPage:
    """The page at that place. Raises WarcError."""
    try:
        with place.path.open("rb") as file:
            file.seek(place.offset)
            packed = file.read(len(_GZIP)) == _GZIP
            member = member_at(file, place.offset, keep=LARGEST) if packed else _plain_at(file, place.offset)
        return _page(member)
    except (OSError, ValueError) as error:
        raise WarcError(f"{place.path}: no page can be read at byte {place.offset} ({error})") from None


def _records(file: BinaryIO) -> Iterator[Member | Broken]:
    if file.read(len(_GZIP)) == _GZIP:
        yield from members(file, keep=LARGEST)
        return
    offset = 0
    while True:
        try:
            member = _plain_at(file, offset)
        except ValueError as error:
            yield Broken(offset, str(error), last=True)
            return
        if member is None:
            return
        yield member
        offset += member.length


def _plain_at(file: BinaryIO, offset: int) -> Member | None:
    """The record that begins there in a file that is not compressed; None at its end. Raises ValueError."""
    file.seek(offset)
    start = file.read(_HEAD)
    if not start.strip():
        return None
    end, length = _END_OF_HEAD.search(start), _LENGTH.search(start)
    if not start.startswith(b"WARC/") or end is None or length is None or length.start() > end.start():
        raise ValueError("no WARC record")
    size = end.end() + int(length[1])
    file.seek(offset)
    data = file.read(min(size, LARGEST))
    file.seek(offset + size)
    after = file.read(4)
    if len(data) < min(size, LARGEST):
        raise ValueError("it ends in the middle")
    blank = len(after) - len(after.lstrip(b"\r\n"))
    return Member(offset, size + blank, data, size)


def _page_url(member: Member) -> str:
    """The address if the record is a page; "" if it is something else. Raises ValueError for no record."""
    if member.size > len(member.data) and not _begins_another(member):
        return ""
    record = parsed(member)
    if _begins_another(member):
        raise ValueError("several records in one gzip stream; `warcio recompress` makes one of each")
    http = record.http_headers if record.rec_type == "response" else None
    if http is None or http.get_statuscode() != "200":
        return ""
    return _url(record) if mime_of(http.get_header("Content-Type")).lower() in HTML else ""


def _begins_another(member: Member) -> bool:
    """Whether a second record follows in the member."""
    end, length = _END_OF_HEAD.search(member.data, 0, _HEAD), _LENGTH.search(member.data, 0, _HEAD)
    if end is None or length is None:
        return False
    return member.data[end.end() + int(length[1]) :].lstrip(b"\r\n").startswith(b"WARC/")


def _page(member: Member | None) -> ForeignPage:
    if member is None:
        raise ValueError("the file ends before")
    record = parsed(member)
    http = record.http_headers
    if http is None:
        raise ValueError("no response")
    chunked = "chunked" in (http.get_header("Transfer-Encoding") or "").lower()
    stream = ChunkedDataReader(record.raw_stream, decomp_type=None) if chunked else record.raw_stream
    body = b"".join(iter(stream.read, b""))
    untrue = {"transfer-encoding", "content-length"}
    if _IS_HTML.search(body[:2048]):  # older CC-NEWS files hold the decoded body under its encoded head
        untrue.add("content-encoding")
    return ForeignPage(
        url=_url(record),
        headers=[(name, value) for name, value in http.headers if name.lower() not in untrue],
        body=body,
        date=datetime.fromisoformat(record.rec_headers.get_header("WARC-Date") or "").astimezone(UTC),
        ip=record.rec_headers.get_header("WARC-IP-Address") or "",
    )


def _url(record: ArcWarcRecord) -> str:
    return str(record.rec_headers.get_header("WARC-Target-URI")).strip("<>")
