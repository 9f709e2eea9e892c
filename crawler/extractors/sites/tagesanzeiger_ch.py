"""Tages-Anzeiger (de). Captures met: hdate and traf 2020 (1), fundus 2024 (1), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("tagesanzeiger.ch",)

LAYOUTS = (
    Layout(
        since=date(2019, 1, 1),
        drop="[class*='itleheader'], [class*='iddendash']",
        headline="[data-testid='content-title'], [class*='ContentHead_text'], h2.title [class*='text']",
    ),
)
