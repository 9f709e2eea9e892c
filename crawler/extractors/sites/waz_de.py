"""WAZ, Berliner Morgenpost, Hamburger Abendblatt (de): the newspapers of FUNKE share one template.

Captures met: fundus 2023 (1), 2024 (3), 2025 (6).
"""

from datetime import date

from crawler.extractors.site import Layout

SITES = (
    "waz.de",
    "morgenpost.de",
    "abendblatt.de",
)

LAYOUTS = (
    Layout(
        since=date(2025, 1, 1),
        body="article .article-body",
        standfirst="article hgroup + .expressive-copy-lg",
        drop=".article-body > .not-prose, .article-body > h4, h3:contains('für Sie recherchiert') + ul, "
        "h3:contains('für Sie recherchiert')",
    ),
    Layout(
        since=date(2023, 9, 1),
        body="article .article-body",
        standfirst="article .article-body > p.font-sans",
        drop=".article-body > .not-prose, .article-body > h4",
    ),
    Layout(
        since=date(2020, 1, 1),
        body="article .article__body",
        standfirst="article .article__header__intro",
        drop=".article__body > div > ul",
    ),
)
