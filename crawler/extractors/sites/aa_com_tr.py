"""Anadolu Ajansı (tr). Captures met: fundus 2025 (1), 2026 (1)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("aa.com.tr",)

LAYOUTS = (
    Layout(
        since=date(2026, 1, 1),
        body="h1 ~ span.lora, div.embed-responsive.prose",
        drop=".detay-foto-editor, p:contains('AA Haber Akış Sistemi (HAS)')",
    ),
    Layout(
        since=date(2020, 1, 1),
        body=".detay-spot-category h4, .detay-icerik",
        drop=".detay-foto-editor, .detay-paylas",
        authors=".detay-spot-category > .row > span:not(.tarih)",
    ),
)
