"""MDR (de). Captures met: fundus 2023 (1), 2026 (1), hdate and traf 2020 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("mdr.de",)

LAYOUTS = (
    Layout(
        since=date(2026, 1, 1),
        body="article.articlepage > p:not(.textauthor), article.articlepage > h2, article.articlepage > ul",
        standfirst="header.articlehead p.preface",
        headline="header.articlehead h1",
    ),
    Layout(
        since=date(2015, 1, 1),
        body="p.einleitung, .section .paragraph, h3.subtitle",
        drop=".cssBroadcastHintStyleProperties, .hidden",
    ),
)
