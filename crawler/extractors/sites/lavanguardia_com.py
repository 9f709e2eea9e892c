"""La Vanguardia (es). Captures met: fundus 2025 (1), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("lavanguardia.com",)

LAYOUTS = (
    Layout(
        since=date(2026, 1, 1),
        body="article header .subtitles, article .article_story",
    ),
    Layout(
        since=date(2020, 1, 1),
        body="h2.epigraph, .article-modules",
    ),
)
