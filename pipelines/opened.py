"""What a crawl opens once and all its parts share: the archive and the raw store."""

from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from archive import open_archive
from archive.base import Archive
from archive.elastic.address import Credentials
from archive.errors import UsageError
from archive.warc import RawStore

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

_archives: "WeakKeyDictionary[Crawler, Archive]" = WeakKeyDictionary()
_raw_stores: "WeakKeyDictionary[Crawler, RawStore]" = WeakKeyDictionary()


def state_dir(settings: "BaseSettings") -> Path:
    """The folder of everything a crawl keeps. Raises UsageError where none is set."""
    place = settings.get("STATE_DIR")
    if not place:
        raise UsageError("STATE_DIR is not set and there is no scrapy.cfg to put var/ beside; set STATE_DIR")
    return Path(place).expanduser().absolute()


def archive_at(settings: "BaseSettings", *, create: bool = True) -> Archive:
    """A newly opened archive; the caller closes it. `create` off: raises ArchiveError where there is none."""
    return open_archive(
        settings["ARCHIVE_URL"],
        state_dir(settings),
        create=create,
        credentials=credentials_of(settings),
        timeout=settings.getfloat("ELASTICSEARCH_TIMEOUT"),
        spool_max_size=settings.getint("ARCHIVE_SPOOL_MAX_SIZE"),
    )


def credentials_of(settings: "BaseSettings") -> Credentials:
    """What opens an Elasticsearch besides user and password in ARCHIVE_URL."""
    names = ("api_key", "ca_certs", "cloud_id")
    return Credentials(**{name: settings.get(f"ELASTICSEARCH_{name.upper()}") or "" for name in names})


def archive_of(crawler: "Crawler") -> Archive:
    """The crawl's archive, opened at the first call."""
    if crawler not in _archives:
        _archives[crawler] = archive_at(crawler.settings)
    return _archives[crawler]


def raw_store_of(crawler: "Crawler") -> RawStore:
    """The crawl's raw store; its file is made at the first write."""
    if crawler not in _raw_stores:
        folder = state_dir(crawler.settings) / "raw"
        _raw_stores[crawler] = RawStore(folder, max_size=crawler.settings.getint("WARC_MAX_SIZE"))
    return _raw_stores[crawler]
