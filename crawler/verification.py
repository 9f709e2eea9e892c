"""Whether the archive's proofs hold: each document against its raw record, each WARC file in itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archive.article import Article
from archive.base import Archive
from archive.errors import WarcError
from archive.warc import Checked, RawStore, check_file
from archive.warc.check import OPEN

RESTORE = "restore it from a copy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that does not hold."""

    url: str = ""
    """Address of the article; "" for a fault of a file alone."""
    file: str
    """Name of the WARC file, in the raw store's folder."""
    offset: int
    problem: str
    """What is wrong and what to do; of an article also where."""

    def __str__(self) -> str:
        return f"{self.url or f'{self.file}, byte {self.offset}'}: {self.problem}"


@dataclass(slots=True)
class Verified:
    """The sum of a verification."""

    articles: int = 0
    """Documents with a raw page, older revisions among them."""
    without_raw: int = 0
    """Documents without one: seeds and given files."""
    records: int = 0
    """Records that hold."""
    files: int = 0
    indexed: int = 0
    """Files that had no index and got one."""
    torn: list[str] = field(default_factory=list)
    """Files whose process was killed while it wrote their last record."""
    faults: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The numbers as JSON types."""
        return {name: getattr(self, name) for name in self.__slots__}

    def __str__(self) -> str:
        records = f"{number(self.records, 'record')} in {number(self.files, 'file')}"
        verdict = number(self.faults, "fault") if self.faults else "all hold"
        return f"verified {number(self.articles, 'article')}, {records}: {verdict}"


def number(count: int, what: str) -> str:
    """A count with its noun: "1 file", "2 files"."""
    return f"{count} {what}{'' if count == 1 else 's'}"


def verify(archive: Archive, store: RawStore, verified: Verified, since: datetime | None) -> Iterator[Fault]:
    """All faults as they are found; `verified` is counted up meanwhile.

    With `since`: the documents fetched from then on, the files they lie in, and the files written since.
    """
    named: set[str] = set()
    for document in _documents(archive, since):
        if document.raw is None:
            verified.without_raw += 1
            continue
        verified.articles += 1
        named.add(document.raw.file)
        try:
            store.read(document.raw)
        except WarcError as error:
            verified.faults += 1
            yield Fault(
                url=document.url, file=document.raw.file, offset=document.raw.offset, problem=str(error)
            )
    for path in store.files():
        if since is None or path.name.removesuffix(OPEN) in named or _changed(path) >= since:
            yield from _file_faults(path, verified)


def _documents(archive: Archive, since: datetime | None) -> Iterator[Article]:
    for article in archive.iterate():
        for document in archive.revisions(article.id) if article.revision else (article,):
            if since is None or document.date_fetched >= since:
                yield document


def _file_faults(path: Path, verified: Verified) -> Iterator[Fault]:
    verified.files += 1
    try:
        checked = _checked(path)
    except OSError as error:
        verified.faults += 1
        yield Fault(file=path.name, offset=0, problem=f"cannot be read ({error.strerror}); {RESTORE}")
        return
    verified.records += checked.records
    verified.indexed += checked.indexed
    if checked.torn is not None:
        verified.torn.append(path.name)
    for fault in checked.faults:
        verified.faults += 1
        yield Fault(file=path.name, offset=fault.offset, problem=f"{fault.problem}; {RESTORE}")


def _checked(path: Path) -> Checked:
    try:
        return check_file(path)
    except FileNotFoundError:  # its process has closed it just now
        return check_file(path.with_suffix(""))


def _changed(path: Path) -> datetime:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except FileNotFoundError:  # as above: so it changed just now
        return datetime.max.replace(tzinfo=UTC)
