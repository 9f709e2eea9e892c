from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.utils.test import get_crawler

from archive.article import Article
from archive.url import article_id, site_of
from pipelines.text.fingerprint import fingerprint

TEXT = """The ferry to the outer islands will stop running in October because its only engine is older than
its crew, the harbour office said. Residents of Sandholm, who depend on it for groceries and for
school, were told in a letter that arrived two days after the decision. A replacement has been
ordered from a yard in Finland, but the yard is building eleven other boats first. Until then the
mail boat will carry passengers twice a week, weather permitting, and the council is to pay for a
nurse who stays on the island from Monday to Thursday."""


@pytest.fixture
def crawler(tmp_path: Path) -> Crawler:
    """A crawler with the project's own settings and an archive of its own."""
    import crawler.settings as project

    values = {name: getattr(project, name) for name in dir(project) if name.isupper()}
    return get_crawler(
        Spider, settings_dict=values | {"STATE_DIR": str(tmp_path), "ARCHIVE_URL": "embedded:"}
    )


@pytest.fixture
def article() -> Callable[..., Article]:
    """Makes an article; keyword arguments replace fields."""

    def make(url: str = "http://a.example/ferry", text: str = TEXT, **fields: Any) -> Article:
        values: dict[str, Any] = {
            "id": article_id(url),
            "url": url,
            "announced_url": url,
            "site": site_of(url),
            "headline": "Ferry to the outer islands stops",
            "article_body": text,
            "in_language": "en",
            "date_published": datetime(2022, 9, 8, 4, tzinfo=UTC),
            "date_fetched": datetime(2022, 9, 9, tzinfo=UTC),
            "fingerprint": fingerprint(text),
        }
        return Article(**values | fields)

    return make
