"""Dagbladet (no). Captures met: fundus 2024 (1), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("dagbladet.no",)

LAYOUTS = (
    Layout(
        since=date(2025, 6, 1),
        body="#mainArticleSection h2.subtitle, #mainArticleSection .bodytext",
        drop=".aiArticleSummary, #second-article, .under-article",
        headline="#mainArticleSection h1.headline",
    ),
    Layout(
        since=date(2019, 1, 1),
        body="article.article-entity header .subtitle, article.article-entity [itemprop=articleBody]",
        drop=".aiArticleSummary, .body-copy article",
        headline="article.article-entity h1.headline",
        authors="article.article-entity .bylines address.name",
    ),
)
