"""BR24 (de). Captures met: fundus 2024 (2), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("br.de",)

LAYOUTS = (
    Layout(
        since=date(2024, 1, 1),
        body="header p[class*='ArticleItemTeaserText'], section[class*='ArticleBody']",
        drop="p:contains('Das ist die Europäische Perspektive bei BR24'), li:contains('Zum Artikel:')",
    ),
)
