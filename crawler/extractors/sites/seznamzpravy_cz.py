"""Seznam Zprávy (cs). Captures met: fundus 2025 (3)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("seznamzpravy.cz",)

LAYOUTS = (
    Layout(
        since=date(2022, 1, 1),
        body="[data-dot='ogm-article-perex'], [data-dot='ogm-article-content']",
        drop="#accessibility-article",
    ),
)
