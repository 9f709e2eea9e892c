"""`scrapy crawl urls`: the pages you name."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any, ClassVar

from archive.errors import UsageError
from archive.url import normalize
from crawler.ledger_records import Work
from crawler.spiders.arguments import Arguments, Words
from crawler.spiders.articles import NOTHING, ArticleSpider


class UrlsArguments(Arguments):
    """The arguments of `urls`."""

    urls: Words = ()
    """Addresses between commas or blanks."""
    urls_file: Path | None = None
    """A file with one address a line; lines that begin with # are left out."""


class UrlsSpider(ArticleSpider):
    """Archives the pages you name.

    Arguments: urls, urls_file, max_requests.
    """

    name = "urls"
    arguments: ClassVar[type[UrlsArguments]] = UrlsArguments

    @classmethod
    def check(cls, given: Mapping[str, Any]) -> None:
        """A crawl needs addresses."""
        super().check(given)
        if not given.get("urls") and not given.get("urls_file"):
            raise UsageError("spider urls needs -a urls=ADDRESS,... or -a urls_file=FILE")

    def prepare(self) -> None:
        """Collect the addresses. Raises UsageError, naming file and line."""
        self.urls = [_checked(url, "argument urls") for url in self.args.urls]
        if self.args.urls_file is not None:
            self.urls += _from_file(self.args.urls_file)
            if not self.urls:
                raise UsageError(f"{self.args.urls_file} holds no address; write one a line")

    @property
    def job(self) -> str:
        """These addresses: the same call goes on with what a killed one left."""
        return "urls " + hashlib.sha256("\n".join(sorted(self.urls)).encode()).hexdigest()[:16]

    async def discover(self) -> AsyncIterator[Any]:
        """Announce them; nothing needs fetching for that."""
        self.count_announced(await self.frontier.announce([Work(url=url) for url in self.urls]))
        for thing in NOTHING:
            yield thing


def _checked(url: str, where: str) -> str:
    try:
        normalize(url)
    except ValueError as error:
        raise UsageError(f"{where}: {error}") from None
    return url


def _from_file(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not a text file in UTF-8"
        raise UsageError(f"cannot read urls_file {path}: {reason}") from None
    return [
        _checked(line.strip(), f"{path}:{number}")
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
