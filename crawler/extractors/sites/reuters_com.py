"""Reuters (en). Captures met: aeb 2019 (1), hdate and traf 2020 (1), fundus 2023 (1), 2024 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("reuters.com",)

LAYOUTS = (
    Layout(
        since=date(2021, 6, 1),
        body="[class*='article-body__content']",
        drop="[data-testid='SignOff'], [class*='article-body__element']:contains('Reporting by'), "
        "#onetrust-consent-sdk, [class*='article-body__row'], [data-testid^='gallery'], "
        "p:contains('Our Standards:')",
    ),
    Layout(
        since=date(2020, 1, 1),
        body=".ArticleBodyWrapper",
        drop="[class*='RelatedCoverage'], [class*='ArticleBody-byline'], [class*='ArticleBody-slideshow']",
    ),
    Layout(
        since=date(2016, 1, 1),
        body=".StandardArticleBody_body",
        drop=".PrimaryAsset_container, .StandardArticleBody_trustBadgeContainer",
    ),
)
