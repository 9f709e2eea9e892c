"""Raw pages: every response as it was received, in WARC 1.1 files.

One file per process: what follows a torn record cannot be read, so nobody ever appends to another's file.
A file carries the suffix `.open` until it is closed; a killed process leaves it so, and it is read all the
same. Records are gzip members of their own (read by warcio, FastWARC and pywb).
"""

import hashlib
import os
import socket
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from archive.article import RawPage
from archive.clock import now
from archive.errors import WarcError


@dataclass(frozen=True, slots=True, kw_only=True)
class RawResponse:
    """One response as it was received."""

    url: str
    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    """As received: content-encoding not undone."""
    date: str
    """WARC-Date: ISO 8601, UTC."""
    raw: RawPage


class RawStore:
    """The folder of WARC files; writes go to a file of this process, reads to any.

    Thread-safe. `max_size` in bytes: a file that has grown beyond it is closed and another begun.
    """

    def __init__(self, folder: Path, *, max_size: int = 1_000_000_000, software: str = "storytrail") -> None:
        self.folder = folder
        self._max_size = max_size
        self._software = software
        self._lock = threading.Lock()
        self._file: BinaryIO | None = None
        self._path: Path | None = None
        self._unsynced = False
        self._whole = 0  # bytes of the open file up to the end of its last whole record

    def write(
        self, url: str, status: int, reason: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> RawPage:
        """Append one response; it survives the end of this process, and after `sync` that of the machine.

        Raises WarcError if the disk refuses.
        """
        digest = _sha256(body)
        with self._lock:
            try:
                file, path = self._open_file()
                offset = file.tell()
                self._append(file, url, f"{status} {reason}".strip(), headers, body, digest)
                file.flush()
                self._unsynced = True
                if file.tell() >= self._max_size:
                    self._close_file()
            except OSError as error:
                self._abandon_file()
                raise WarcError(
                    f"cannot keep the raw page of {url} in {self.folder}: {error.strerror}"
                ) from None
            self._whole = file.tell() if self._file is not None else 0
        return RawPage(file=path.name.removesuffix(".open"), offset=offset, sha256=digest)

    def sync(self) -> None:
        """Return once everything written is on the disk."""
        with self._lock:
            if self._file is not None and self._unsynced:
                os.fsync(self._file.fileno())
                self._unsynced = False

    def close(self) -> None:
        """Finish this process's file; a second call does nothing."""
        with self._lock:
            self._close_file()

    def read(self, raw: RawPage) -> RawResponse:
        """The response at that place. Raises WarcError if it is missing, damaged or another."""
        path = self._find(raw.file)
        with path.open("rb") as file:
            file.seek(raw.offset)
            response = next(_responses(file, path.name.removesuffix(".open")), None)
        if response is None or response.raw.sha256 != raw.sha256:
            raise WarcError(f"{path}: no record with SHA-256 {raw.sha256[:12]}... at byte {raw.offset}")
        return response

    def iterate(self) -> Iterator[RawResponse]:
        """All responses of all files; a torn end of a file ends that file."""
        for path in sorted(self.folder.glob("*.warc.gz*")):
            with path.open("rb") as file:
                yield from _responses(file, path.name.removesuffix(".open"))

    def _find(self, name: str) -> Path:
        for path in (self.folder / name, self.folder / f"{name}.open"):
            if path.is_file():
                return path
        raise WarcError(f"the raw page's file {self.folder / name} is missing; restore it from a copy")

    def _open_file(self) -> tuple[BinaryIO, Path]:
        if self._file is None or self._path is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            stamp = now().strftime("%Y%m%d%H%M%S%f")
            self._path = self.folder / f"storytrail-{stamp}-{os.getpid()}-{uuid4().hex[:8]}.warc.gz.open"
            self._file = self._path.open("xb")
            self._write_info(self._file, self._path.name.removesuffix(".open"))
        return self._file, self._path

    def _write_info(self, file: BinaryIO, name: str) -> None:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        info = {
            "software": self._software,
            "format": "WARC File Format 1.1",
            "hostname": socket.gethostname(),
            "description": "Responses as the HTTP client hands them over: body bytes before decompression, "
            "transfer encoding undone; status line and header names may be normalised.",
        }
        writer.write_record(writer.create_warcinfo_record(name, info))

    def _append(
        self,
        file: BinaryIO,
        url: str,
        status: str,
        headers: Sequence[tuple[str, str]],
        body: bytes,
        digest: str,
    ) -> None:
        writer = WARCWriter(file, gzip=True, warc_version="WARC/1.1")
        http_headers = StatusAndHeaders(status, list(headers), protocol="HTTP/1.1")
        record = writer.create_warc_record(
            url,
            "response",
            payload=BytesIO(body),
            length=len(body),
            http_headers=http_headers,
            warc_headers_dict={"WARC-Payload-Digest": f"sha256:{digest}"},
        )
        writer.write_record(record)

    def _abandon_file(self) -> None:
        """Cut the file back to its last whole record and leave it: no record may follow a tear."""
        if self._file is None or self._path is None:
            return
        file, path, self._file, self._path = self._file, self._path, None, None
        with suppress(OSError):
            file.close()  # writes what it still has in memory, or fails to
        with suppress(OSError):
            os.truncate(path, self._whole)
            path.rename(path.with_suffix(""))
        self._unsynced, self._whole = False, 0

    def _close_file(self) -> None:
        if self._file is None or self._path is None:
            return
        os.fsync(self._file.fileno())
        self._file.close()
        self._path.rename(self._path.with_suffix(""))
        self._file = self._path = None
        self._unsynced, self._whole = False, 0


def _responses(file: BinaryIO, name: str) -> Iterator[RawResponse]:
    iterator = ArchiveIterator(file)
    try:
        for record in iterator:
            if record.rec_type == "response" and record.http_headers is not None:
                body = record.raw_stream.read()
                if len(body) < record.payload_length:  # warcio hands out what is left of a torn record
                    return
                raw = RawPage(file=name, offset=iterator.get_record_offset(), sha256=_sha256(body))
                yield _response(record, body, raw)
    except (ArchiveLoadFailed, EOFError, OSError):
        return  # torn by a killed process: what came before it is whole


def _response(record: ArcWarcRecord, body: bytes, raw: RawPage) -> RawResponse:
    return RawResponse(
        url=record.rec_headers.get_header("WARC-Target-URI"),
        status=int(record.http_headers.get_statuscode()),
        headers=list(record.http_headers.headers),
        body=body,
        date=record.rec_headers.get_header("WARC-Date"),
        raw=raw,
    )


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
