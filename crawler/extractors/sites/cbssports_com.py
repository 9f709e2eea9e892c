"""CBS Sports (en). Captures met: aeb 2019 (2)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("cbssports.com",)

LAYOUTS = (
    Layout(
        since=date(2018, 1, 1),
        body="#article-main-body",
        drop=".latest-news-box, #article-event-promo, .article-subline",
    ),
)
