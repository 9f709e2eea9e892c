"""Daily Maverick (en). Captures met: fundus 2025 (1), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("dailymaverick.co.za",)

LAYOUTS = (
    Layout(
        since=date(2025, 10, 1),
        body="article.article-container .article-contents",
    ),
    Layout(
        since=date(2022, 1, 1),
        body="#summary h2.first-paragraph, #long-form .article-content",
        headline=".titles h1",
    ),
)
