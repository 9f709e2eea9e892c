"""Hankook Ilbo (ko). Captures met: fundus 2025 (1), 2026 (1; another of 2026 has its text in a script)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("hankookilbo.com",)

LAYOUTS = (
    Layout(
        since=date(2026, 1, 1),
        body="#article-section",
        standfirst="#article-section h2.sub-tit-ll",
        drop=".module-quote, .editor-img-box",
    ),
    Layout(
        since=date(2018, 1, 1),
        body="[itemprop=articleBody] > h3, [itemprop=articleBody] > p",
        standfirst="[itemprop=articleBody] > h2.sub-tit-ll",
        authors=".writer .name strong",
    ),
)
