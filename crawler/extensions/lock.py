"""A lock for scheduled crawls: while one runs, the same command does not start again."""

import fcntl
import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from scrapy.exceptions import NotConfigured

from archive.errors import StorytrailError
from pipelines.opened import state_dir

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

EXIT_CODE = 75
"""EX_TEMPFAIL of sysexits.h: nothing is wrong, try again later."""


class JobRuns(StorytrailError):
    """Another process runs the same job and holds its lock."""


class JobLock:
    """Holds STATE_DIR/locks/SPIDER-HASH.lock, one file a job, from the spider's start to the process's end.

    The kernel drops the lock with the process, however that ends, so none is ever left behind; the file stays
    and holds the number of the process that had it last. Setting JOB_LOCK.
    """

    def __init__(self, job: str, folder: Path) -> None:
        """Take it. Raises JobRuns where another process has it, StorytrailError where it cannot be made."""
        name = f"{job.partition(' ')[0]}-{hashlib.sha256(job.encode()).hexdigest()[:12]}.lock"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._file = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise StorytrailError(f"cannot make the lock {folder / name}: {error.strerror}") from None
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(self._file, 20).decode("ascii", "replace").strip() or "just started"
            os.close(self._file)
            where = f"process {holder}, {folder / name}"
            raise JobRuns(f"this job is running already ({where}); its next run finds what is due") from None
        os.ftruncate(self._file, 0)
        os.write(self._file, f"{os.getpid()}\n".encode())

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "JobLock":
        """Called by Scrapy before anything is fetched."""
        job = getattr(crawler.spider, "job", None)
        if not crawler.settings.getbool("JOB_LOCK") or job is None:
            raise NotConfigured
        return cls(job, state_dir(crawler.settings) / "locks")
