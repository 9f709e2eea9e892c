"""Page -> Article. `read` is the one call for spider, fixture, re-extraction and benchmark.

A site that the generic extractor reads badly gets a file of its own here, with `SITES` (host names) and
`extract(page) -> Article`, and a line in `_SITE_MODULES`.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module

from archive.article import Article
from archive.errors import StorytrailError
from archive.url import host_of
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle

__all__ = ["Extractor", "NotAnArticle", "Page", "extractor_for", "read"]

Extractor = Callable[[Page], Article]

_SITE_MODULES: tuple[str, ...] = ()
"""Modules of this package for single sites, such as "bbc_co_uk"."""

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _registry() -> dict[str, Extractor]:
    """Host name -> extractor; two claims on a host are an error at start."""
    found: dict[str, Extractor] = {}
    for name in _SITE_MODULES:
        module = import_module(f"{__name__}.{name}")
        for host in module.SITES:
            if host in found:
                raise RuntimeError(f"two extractors claim {host}; the second is {name}.py")
            found[host] = module.extract
    return found


def extractor_for(url: str) -> Extractor:
    """The extractor of the longest host suffix that claims it ("news.x.org", then "x.org"), else the
    generic one."""
    from crawler.extractors import (
        generic,
    )  # trafilatura takes half a second to import; `Page` needs none of it

    host = host_of(url)
    while host:
        if host in _registry():
            return _registry()[host]
        host = host.partition(".")[2]
    return generic.extract


def read(page: Page) -> Article:
    """Read a page into an article with identity, text, fields, language, dates and access.

    Raises NotAnArticle where the page is something else. An extractor of a single site that fails is
    replaced by the generic one: sites change.
    """
    from pipelines.text.fingerprint import fingerprint

    article = _extract(page)
    article.fingerprint = fingerprint(article.article_body, article.in_language)
    return article


def _extract(page: Page) -> Article:
    from crawler.extractors import generic

    extract = extractor_for(page.url)
    if extract is generic.extract:
        return generic.extract(page)
    try:
        return extract(page)
    except StorytrailError:
        raise
    except Exception:
        _log.warning("the extractor of %s failed on %s", host_of(page.url), page.url, exc_info=True)
        return generic.extract(page)
