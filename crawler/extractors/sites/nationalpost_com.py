"""National Post (en). Captures met: fundus 2024 (1), 2025 (1), mcdate 2020 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("nationalpost.com",)

LAYOUTS = (
    Layout(
        since=date(2021, 1, 1),
        body="p.article-subtitle, section.article-content__content-group",
        drop=".visually-hidden, p:contains('Our website is the place for the latest breaking news')",
    ),
    Layout(
        since=date(2017, 1, 1),
        body="article .story-content",
    ),
)
