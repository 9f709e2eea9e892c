"""The console script `storytrail`: `scrapy` with our settings, from any folder."""

import os
import sys

from scrapy.cmdline import execute


def main() -> None:
    """Run a Scrapy command with this project's settings."""
    os.environ["SCRAPY_SETTINGS_MODULE"] = "crawler.settings"
    try:
        execute()
    except KeyboardInterrupt:  # before a command or a crawl has begun
        sys.exit("storytrail: stopped")
