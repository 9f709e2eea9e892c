"""A news web made by a seed, which publishes, edits, removes, redirects, slows down and breaks by a script.

`NewsWeb.respond` is a handler for `scripts.loopback_web`; `NewsWeb.sources` are its outlets as the sources of
a crawl. The sample web (scripts/sample_web.py) is for looking at; this one is for numbers of pages.
"""

from scripts.news_web.reports import EDITS, Report
from scripts.news_web.web import EXPECTED, REMOVALS, NewsWeb

__all__ = ["EDITS", "EXPECTED", "REMOVALS", "NewsWeb", "Report"]
