"""Readers that misbehave, for the worker processes of test_reading.py: what a page asks for in its body."""

import ctypes
import os
import re
import sys
import time

from archive.article import Article
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle


def read(page: Page) -> Article:
    what = page.body.decode()
    if what == "loop":
        while True:
            pass
    if what == "regex":  # one C call that holds the GIL for years
        re.match(r"(a+)+$", "a" * 60 + "b")
    if what == "segfault":
        ctypes.string_at(0)
    if what == "exit":
        os._exit(7)
    if what == "system exit":
        sys.exit("bye")
    if what == "print":
        print("noise on stdout")
    if what == "value error":
        raise ValueError("odd markup\nin two lines")
    if what == "refuse":
        raise NotAnArticle("bot_wall", page.url)
    if what.startswith("sleep"):
        time.sleep(float(what.split()[1]))
    return Article(id=str(os.getpid()), url=page.url, headline=what)
