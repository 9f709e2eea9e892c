"""ABC (es). Captures met: fundus 2025 (1), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("abc.es",)

LAYOUTS = (
    Layout(
        since=date(2025, 6, 1),
        body="article h2.v-a-s-t, article div.v-d",
        drop=".v-cmp-rld, .v-d-c-rld",
    ),
    Layout(
        since=date(2021, 1, 1),
        body="article h2.voc-subtitle, article div.voc-d",
        drop=".voc-d-c-related-news, article article",
    ),
)
