"""Articles for the tests of this folder."""

from datetime import UTC, datetime, timedelta
from typing import Any

from archive.article import Article
from archive.url import article_id

START = datetime(2022, 9, 1, 12, tzinfo=UTC)


def article(slug: str = "a", body: str = "Some text.", **values: Any) -> Article:
    """An article with this text; the slug decides its URL and id."""
    url = values.pop("url", f"https://paper.example/{slug}")
    fetched = values.get("date_fetched", START)
    filled = {"headline": f"About {slug}", "site": "paper.example", "in_language": "en"}
    times = {"date_fetched": fetched, "date_revised": fetched}
    return Article(id=article_id(url), url=url, article_body=body, **(filled | times | values))


def days(number: float) -> datetime:
    """That many days after the first of the samples' days."""
    return START + timedelta(days=number)
