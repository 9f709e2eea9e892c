"""The folder of WARC files: writes go to a file of this process, reads to any.

One file per process: what follows a torn record cannot be read by everyone, so nobody ever appends to
another's file. A file carries the suffix `.open` until it is closed; a killed process leaves it so, and it is
read all the same. Records are gzip members of their own (read by warcio, FastWARC and pywb).
"""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from archive.article import RawPage
from archive.clock import now
from archive.errors import WarcError
from archive.warc import cdxj
from archive.warc.check import OPEN, lock
from archive.warc.members import Member, member_at, members
from archive.warc.records import (
    Earlier,
    Headers,
    RawResponse,
    info,
    parsed,
    response,
    response_of,
    revisit,
    sha256_of,
    text_of,
)

NOT_MODIFIED = 304


class RawStore:
    """The folder of WARC files.

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
        self._index: list[str] = []  # a megabyte for each 4,000 records

    # --- Writing ------------------------------------------------------------------------------------

    def write(
        self,
        url: str,
        status: int,
        reason: str,
        headers: Headers,
        body: bytes,
        *,
        date: datetime | None = None,
        ip: str = "",
    ) -> RawPage:
        """Append one response; it survives the end of this process, and after `sync` that of the machine.

        `date`: when it was received (default: now); `ip`: the server's address. Raises WarcError if the disk
        refuses.
        """
        digest, date = sha256_of(body), date or now()
        line = f"{status} {reason}".strip()
        record = response(url, line, headers, body, date=date, ip=ip, sha256=digest)
        return self._append(record, url, status, headers, date, digest, mime="")

    def write_revisit(
        self,
        url: str,
        status: int,
        reason: str,
        headers: Headers,
        earlier: Earlier,
        *,
        date: datetime | None = None,
        ip: str = "",
    ) -> RawPage:
        """Append a response that repeats an earlier payload: its head and where that payload lies.

        Returns the place of the new record, which has no payload of its own. Raises WarcError if the disk
        refuses.
        """
        profile = "server-not-modified" if status == NOT_MODIFIED else "identical-payload-digest"
        line, date = f"{status} {reason}".strip(), date or now()
        record = revisit(url, line, headers, earlier, profile=profile, date=date, ip=ip)
        return self._append(record, url, status, headers, date, earlier.raw.sha256, mime=cdxj.REVISIT)

    def sync(self) -> None:
        """Return once everything written is on the disk."""
        with self._lock:
            if self._file is not None and self._unsynced:
                os.fsync(self._file.fileno())
                self._unsynced = False

    def close(self) -> None:
        """Finish this process's file and its index; a second call does nothing."""
        with self._lock:
            self._close_file()

    # --- Reading ------------------------------------------------------------------------------------

    def read(self, raw: RawPage) -> RawResponse:
        """The response at that place. Raises WarcError if it is missing, damaged or another."""
        return self._load(raw)[0]

    def earlier(self, raw: RawPage) -> Earlier | None:
        """What a revisit record says of the response at that place; None where it cannot be read."""
        try:
            found, member = self._load(raw)
        except WarcError:
            return None
        record_id = parsed(member).rec_headers.get_header("WARC-Record-ID")
        return Earlier(url=found.url, date=found.date, record_id=record_id, raw=raw)

    def iterate(self) -> Iterator[RawResponse]:
        """All responses of all files; what cannot be read is left out (`check_file` names it)."""
        for path in self.files():
            with path.open("rb") as file:
                for member in members(file):
                    if isinstance(member, Member):
                        with suppress(ValueError):
                            if found := response_of(member, path.name.removesuffix(OPEN)):
                                yield found

    def files(self) -> list[Path]:
        """The WARC files by name, so by the time they were begun; open ones among them."""
        return sorted(path for path in self.folder.glob("*.warc.gz*") if path.name.endswith((".gz", OPEN)))

    def _load(self, raw: RawPage) -> tuple[RawResponse, Member]:
        path = self._find(raw)
        member, found = None, None
        try:
            with path.open("rb") as file:
                member = member_at(file, raw.offset)
            found = response_of(member, raw.file) if member else None
        except (OSError, ValueError):
            pass  # said below
        if member is None or found is None or found.raw.sha256 != raw.sha256:
            raise WarcError(
                f"{path}: no record with SHA-256 {raw.sha256[:12]}... at byte {raw.offset}; "
                "restore it from a copy"
            )
        return found, member

    def _find(self, raw: RawPage) -> Path:
        for path in (self.folder / raw.file, self.folder / f"{raw.file}{OPEN}"):
            if path.is_file():
                return path
        raise WarcError(
            f"the raw page's file {self.folder / raw.file} is missing (for the record at byte {raw.offset}); "
            "restore it from a copy"
        )

    # --- The file of this process ---------------------------------------------------------------------

    def _append(
        self,
        record: bytes,
        url: str,
        status: int,
        headers: Headers,
        date: datetime,
        digest: str,
        *,
        mime: str,
    ) -> RawPage:
        types = (value for name, value in headers if name.lower() == "content-type")
        with self._lock:
            try:
                file, path = self._open_file()
                name = path.name.removesuffix(OPEN)
                offset = file.tell()
                file.write(record)
                file.flush()
                self._unsynced = True
                self._index.append(
                    cdxj.line(
                        url=url,
                        date=text_of(date),
                        mime=mime or cdxj.mime_of(next(types, "")),
                        status=str(status),
                        digest=f"sha256:{digest}",
                        offset=offset,
                        length=len(record),
                        file=name,
                    )
                )
                if file.tell() >= self._max_size:
                    self._close_file()
            except OSError as error:
                self._abandon_file()
                raise WarcError(
                    f"cannot keep the raw page of {url} in {self.folder}: {error.strerror}"
                ) from None
            self._whole = file.tell() if self._file is not None else 0
        return RawPage(file=name, offset=offset, sha256=digest)

    def _open_file(self) -> tuple[BinaryIO, Path]:
        if self._file is None or self._path is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            stamp = now().strftime("%Y%m%d%H%M%S%f")
            self._path = self.folder / f"storytrail-{stamp}-{os.getpid()}-{uuid4().hex[:8]}.warc.gz{OPEN}"
            self._file = self._path.open("xb")
            lock(self._file)
            self._file.write(info(self._path.name.removesuffix(OPEN), self._software, now()))
        return self._file, self._path

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
        self._finish(path)

    def _close_file(self) -> None:
        if self._file is None or self._path is None:
            return
        os.fsync(self._file.fileno())
        self._file.close()
        path, self._file, self._path = self._path, None, None
        path.rename(path.with_suffix(""))
        self._finish(path)

    def _finish(self, path: Path) -> None:
        """Write the index of a file that is done; where the disk refuses, `scrapy verify` makes it."""
        lines, self._index = self._index, []
        with suppress(OSError):
            cdxj.write(path, lines)
        self._unsynced, self._whole = False, 0
