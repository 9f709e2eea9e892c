"""KEEP, FIND AGAIN: the article record, the archives that hold it, and their search.

`open_archive` is the door; what comes through it is `archive.base.Archive`.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from archive.errors import ArchiveError

if TYPE_CHECKING:
    from archive.base import Archive

EMBEDDED = "embedded:"


def open_archive(url: str, state_dir: Path, *, create: bool = True) -> Archive:
    """The archive at an ARCHIVE_URL: "embedded:" (in the state folder) or "embedded:PATH".

    Raises ArchiveError for another kind of URL and, with `create` off, for an archive that is not there yet.
    """
    if url.startswith(("http://", "https://")):
        advice = f"Elasticsearch archives come later; set ARCHIVE_URL to {EMBEDDED}"
        raise ArchiveError(f"cannot open the archive {_bare(url)}: {advice}")
    if not url.startswith(EMBEDDED):
        raise ArchiveError(
            f"ARCHIVE_URL is not understood: {url!r}; set it to {EMBEDDED} or {EMBEDDED}FOLDER"
        )
    from archive.embedded.archive import FILE, EmbeddedArchive

    path = url.removeprefix(EMBEDDED)
    folder = Path(path).expanduser() if path else state_dir / "archive"
    if not create and not (folder / FILE).exists():
        advice = "fill it with scrapy crawl related -a seed=FILE, or see scripts/demo"
        raise ArchiveError(f"there is no archive in {folder} yet; {advice}")
    return EmbeddedArchive(folder)


def _bare(url: str) -> str:
    """The URL without user name and password."""
    scheme, _, rest = url.partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}://{host.rpartition('@')[2]}{slash}{path}"
