"""WARC records: made as the bytes of one gzip member, read from what such a member holds."""

import hashlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.article import RawPage
from archive.warc.members import Member

VERSION = "WARC/1.1"
PROFILES = "http://netpreserve.org/warc/1.1/revisit/"
"""Before a profile's name: `identical-payload-digest` or `server-not-modified` (WARC 1.1, section 6.7)."""

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """One response as it was received."""

    url: str
    status: int
    headers: Headers
    body: bytes
    """As received: content-encoding not undone."""
    date: str
    """WARC-Date: ISO 8601, UTC."""
    raw: RawPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """An earlier response, as a revisit record refers to it."""

    url: str
    date: str
    record_id: str
    raw: RawPage


def info(name: str, software: str, date: datetime) -> bytes:
    """The `warcinfo` record that begins the file of that name."""
    about = {
        "software": software,
        "format": "WARC File Format 1.1",
        "hostname": socket.gethostname(),
        "description": "Responses as the HTTP client hands them over: body bytes before decompression, "
        "transfer encoding undone; status line and header names may be normalised.",
    }
    block = "".join(f"{key}: {value}\r\n" for key, value in about.items()).encode()
    record = _writer(BytesIO()).create_warc_record(
        "",
        "warcinfo",
        payload=BytesIO(block),
        length=len(block),
        warc_headers_dict={**_named(date), "WARC-Filename": name},
    )
    return _packed(record, block)


def response(
    url: str, status_line: str, headers: Headers, body: bytes, *, date: datetime, ip: str, sha256: str
) -> bytes:
    """A `response` record. `ip`: address of the server, "" where unknown; `sha256` (hex) is the body's."""
    http = StatusAndHeaders(status_line, list(headers), protocol="HTTP/1.1")
    record = _writer(BytesIO()).create_warc_record(
        url,
        "response",
        payload=BytesIO(body),
        length=len(body),
        http_headers=http,
        warc_headers_dict={**_named(date, ip), "WARC-Payload-Digest": f"sha256:{sha256}"},
    )
    http.compute_headers_buffer()
    return _packed(record, http.headers_buff + body)


def revisit(
    url: str, status_line: str, headers: Headers, earlier: Earlier, *, profile: str, date: datetime, ip: str
) -> bytes:
    """A `revisit` record: the response's head, and where the payload lies that it would repeat."""
    http = StatusAndHeaders(status_line, list(headers), protocol="HTTP/1.1")
    record = _writer(BytesIO()).create_warc_record(
        url,
        "revisit",
        http_headers=http,
        warc_headers_dict={
            **_named(date, ip),
            "WARC-Profile": PROFILES + profile,
            "WARC-Refers-To": earlier.record_id,
            "WARC-Refers-To-Target-URI": earlier.url,
            "WARC-Refers-To-Date": earlier.date,
            "WARC-Payload-Digest": f"sha256:{earlier.raw.sha256}",
        },
    )
    http.compute_headers_buffer()
    return _packed(record, http.headers_buff)


def parsed(member: Member, *, check_digests: bool = False) -> ArcWarcRecord:
    """The record in a member. Raises ValueError where there is none."""
    if not member.data.startswith(b"WARC/"):
        raise ValueError("no WARC record")
    try:
        return next(iter(ArchiveIterator(BytesIO(member.data), check_digests=check_digests)))
    except Exception as error:  # of whatever kind: warcio trusts what it reads
        raise ValueError(f"no WARC record: {' '.join(str(error).split())[:200]}") from None


def response_of(member: Member, file: str) -> RawResponse | None:
    """The response in a member of the file of that name; None for a record of another type.

    Raises ValueError where there is no record.
    """
    record = parsed(member)
    if record.rec_type != "response" or record.http_headers is None:
        return None
    body = record.raw_stream.read()
    return RawResponse(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=list(record.http_headers.headers),
        body=body,
        date=record.rec_headers.get_header("WARC-Date"),
        raw=RawPage(file=file, offset=member.offset, sha256=sha256_of(body)),
    )


def sha256_of(body: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(body).hexdigest()


def text_of(date: datetime) -> str:
    """A WARC-Date: UTC with microseconds, as WARC 1.1 allows."""
    return date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _named(date: datetime, ip: str = "") -> dict[str, str]:
    return {"WARC-Date": text_of(date)} | ({"WARC-IP-Address": ip} if ip else {})


def _writer(out: BytesIO) -> WARCWriter:
    return WARCWriter(out, gzip=True, warc_version=VERSION)


def _packed(record: ArcWarcRecord, block: bytes) -> bytes:
    """The record as a gzip member. Its digest is set here: warcio's own would be SHA-1."""
    record.rec_headers.add_header("WARC-Block-Digest", f"sha256:{sha256_of(block)}")
    out = BytesIO()
    _writer(out).write_record(record)
    return out.getvalue()
