"""The Hill (en). Captures met: aeb 2019 (2)."""

from datetime import date

from crawler.extractors.site import Layout

SITES = ("thehill.com",)

LAYOUTS = (
    Layout(
        since=date(2016, 1, 1),
        body=".field-name-body",
        drop=".rollover-block, .rollover-people-block",
    ),
)
