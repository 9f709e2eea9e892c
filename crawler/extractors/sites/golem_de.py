"""Golem (de). Captures met: fundus 2024 (1), 2025 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("golem.de",)

LAYOUTS = (
    Layout(
        since=date(2025, 1, 1),
        body="article.go-article > p, article.go-article > h2, article.go-article > h3, "
        "article.go-article > ul:not(.go-alink-list), article.go-article > .go-richtext",
        standfirst=".go-article-header__intro",
        drop=".go-vh, .go-teaser-block",
        headline="article h1",
    ),
    Layout(
        since=date(2015, 1, 1),
        body="article hgroup p, article .formatted",
        drop=".formatted aside, .formatted figure",
        headline="article h1",
    ),
)
