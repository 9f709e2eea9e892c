"""KEEP, FIND AGAIN: the article record, the archives that hold it, and their search.

`open_archive` is the door; what comes through it is `archive.base.Archive`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ArchiveError

if TYPE_CHECKING:
    from archive.base import Archive
    from archive.elastic.address import Credentials

EMBEDDED = "embedded:"
_FORMS = f"{EMBEDDED}, {EMBEDDED}FOLDER, http(s)://[user:password@]host:9200/news or cloud:news"

REQUEST_TIMEOUT = 30.0
"""Seconds for one request to Elasticsearch."""

SPOOL_MAX_SIZE = 1_000_000_000
"""Bytes of articles that wait for an Elasticsearch that is away; about 250,000 articles."""


def open_archive(
    url: str,
    state_dir: Path,
    *,
    create: bool = True,
    credentials: Credentials | None = None,
    timeout: float = REQUEST_TIMEOUT,
    spool_max_size: int = SPOOL_MAX_SIZE,
) -> Archive:
    """The archive at an ARCHIVE_URL: "embedded:" (in the state folder), "embedded:PATH", or an Elasticsearch.

    `credentials` (default: from the environment), `timeout` (seconds) and `spool_max_size` (bytes) are for an
    Elasticsearch. Raises ArchiveError for another kind of URL, for a server that cannot be used, and, with
    `create` off, for an archive that is not there yet.
    """
    if url.startswith(("http://", "https://", "cloud:")):
        from archive.elastic.address import Address, Credentials
        from archive.elastic.archive import ElasticArchive

        return ElasticArchive(
            Address.parse(url),
            credentials or Credentials.from_environment(),
            state_dir,
            create=create,
            timeout=timeout,
            spool_max_size=spool_max_size,
        )
    if not url.startswith(EMBEDDED):
        scheme, colon, _ = url.partition(":")
        if not colon:
            raise ArchiveError(f"{url!r} names no archive; for a folder write {EMBEDDED}{url}")
        raise ArchiveError(
            f"ARCHIVE_URL begins with {scheme[:20]!r}, which is not understood; write {_FORMS}"
        )
    from archive.embedded.archive import FILE, EmbeddedArchive

    path = url.removeprefix(EMBEDDED)
    folder = Path(path).expanduser() if path else state_dir / "archive"
    if not create and not (folder / FILE).exists():
        advice = "fill it with scrapy crawl related -a seed=FILE, or see scripts/demo"
        raise ArchiveError(f"there is no archive in {folder} yet; {advice}")
    return EmbeddedArchive(folder)
