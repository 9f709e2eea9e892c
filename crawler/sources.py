"""Sources: outlets and the addresses of their feeds, sitemaps and front pages, from YAML files.

`sources.schema.json` says what a file may hold; every error names file, line and field.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from archive.errors import SourcesError, UsageError
from archive.url import host_of
from crawler.sources_file import nearest, read_records


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One outlet."""

    name: str
    """Short ASCII name, unique among the sources that are loaded together."""
    publisher: str
    """Name as readers know it."""
    country: str
    """ISO 3166-1 alpha-2."""
    languages: tuple[str, ...]
    """BCP 47 tags, at least one."""
    feeds: tuple[str, ...] = ()
    """Addresses of RSS, Atom or JSON feeds."""
    sitemaps: tuple[str, ...] = ()
    """Addresses of sitemaps, news sitemaps and sitemap indexes."""
    front_pages: tuple[str, ...] = ()
    """Addresses of front and section pages."""
    delay: float | None = None
    """Seconds between two requests to one of its hosts; None: the setting DOWNLOAD_DELAY."""
    checked: date | None = None
    """Day on which its addresses last answered us; None: never."""
    origin: str = ""
    """Where its addresses were taken from."""
    file: str = ""
    """File it is in, as its path was given."""
    line: int = 0
    """Line of that file, from 1."""

    @property
    def addresses(self) -> tuple[str, ...]:
        """All its addresses: feeds, sitemaps, front pages."""
        return (*self.feeds, *self.sitemaps, *self.front_pages)

    @property
    def hosts(self) -> tuple[str, ...]:
        """Host names of its addresses, each once."""
        return tuple(dict.fromkeys(host_of(address) for address in self.addresses))


def load_sources(path: Path) -> list[Source]:
    """The sources of a .yml file, or of all .yml files of a folder in the order of their names.

    Raises SourcesError in one line: the first problem, with file, line and field.
    """
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix in (".yml", ".yaml"))
        if not files:
            raise SourcesError(
                f"{path}: no .yml file in this folder; give a sources file or a folder of them"
            )
    else:
        files = [path]
    sources = [_source(record, file, line) for file in files for record, line in read_records(file)]
    _refuse_same_names(sources)
    return sources


def select(
    sources: Iterable[Source], *, languages: Sequence[str] = (), names: Sequence[str] = ()
) -> list[Source]:
    """The sources in one of the languages ("de" takes "de-AT" too) and with one of the names; empty: all.

    Raises UsageError for a name that none has.
    """
    sources = list(sources)
    known = {source.name for source in sources}
    for name in names:
        if name not in known:
            raise UsageError(f"no source is called {name!r}; {nearest(name, known)}")
    wanted = [language.lower() for language in languages]
    return [
        source
        for source in sources
        if (not names or source.name in names) and (not wanted or _speaks(source, wanted))
    ]


def _speaks(source: Source, wanted: Sequence[str]) -> bool:
    """Basic filtering of RFC 4647: a range takes each tag that starts with it."""
    return any(
        f"{tag.lower()}-".startswith(f"{language}-") for tag in source.languages for language in wanted
    )


def _refuse_same_names(sources: list[Source]) -> None:
    seen: dict[str, Source] = {}
    for source in sources:
        first = seen.setdefault(source.name, source)
        if first is not source:
            raise SourcesError(
                f"{source.file}:{source.line}: name {source.name!r} is taken by {first.file}:{first.line}; "
                "give each source its own"
            )


def _source(record: dict[str, Any], file: Path, line: int) -> Source:
    return Source(
        name=record["name"],
        publisher=record.get("publisher", record["name"]),
        country=record["country"],
        languages=tuple(record["languages"]),
        feeds=tuple(record.get("feeds", ())),
        sitemaps=tuple(record.get("sitemaps", ())),
        front_pages=tuple(record.get("front_pages", ())),
        delay=record.get("delay"),
        checked=date.fromisoformat(record["checked"]) if record.get("checked") else None,
        origin=record.get("origin", ""),
        file=str(file),
        line=line,
    )
