"""Page -> Article. `read` is the one call for spider, fixture, re-extraction and benchmark; `extract` gives
the article with its sources, for people who write extractors.

A site that the generic extractor reads less well has a module of its own in `crawler.extractors.sites`.
"""

import logging
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from archive.article import Article
from archive.url import host_of
from crawler.extractors.base import Page
from crawler.extractors.errors import NotAnArticle

if TYPE_CHECKING:  # trafilatura takes half a second to import; `Page` needs none of it
    from crawler.extractors.extraction import Extraction

__all__ = ["Extractor", "NotAnArticle", "Page", "extract", "extractor_for", "read"]

Extractor = Callable[[Page], "Extraction"]

_log = logging.getLogger(__name__)


@lru_cache(maxsize=1)
def _registry() -> dict[str, Extractor]:
    """Host name -> extractor; two claims on a host are an error at start."""
    from crawler.extractors import site, sites

    found: dict[str, Extractor] = {}
    for name in sorted(module.name for module in iter_modules(sites.__path__)):
        module = import_module(f"{sites.__name__}.{name}")
        extractor = site.extractor(name, module.LAYOUTS)
        for host in module.SITES:
            if host in found:
                raise RuntimeError(f"two extractors claim {host}; the second is sites/{name}.py")
            found[host] = extractor
    return found


def extractor_for(url: str) -> Extractor:
    """The extractor of the longest host suffix that claims it ("news.x.org", then "x.org"), else the
    generic one."""
    from crawler.extractors import generic

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
    return extract(page).article


def extract(page: Page) -> "Extraction":
    """As `read`, with what is known of the reading beside the article."""
    from pipelines.text.fingerprint import fingerprint

    found = _extract(page)
    found.article.fingerprint = fingerprint(_own_text(found.article), found.article.in_language)
    return found


def _own_text(article: Article) -> str:
    """The text without its standfirst, which each outlet writes anew above a text it has taken over."""
    from crawler.extractors.folding import fold

    first, _, rest = article.article_body.partition("\n\n")
    return rest if rest and fold(first) == fold(article.description) else article.article_body


def _extract(page: Page) -> "Extraction":
    from crawler.extractors import generic

    extractor = extractor_for(page.url)
    if extractor is generic.extract:
        return generic.extract(page)
    try:
        return extractor(page)
    except NotAnArticle:
        return generic.extract(page)  # the whole page says why, not what a layout left of it
    except Exception as error:
        found = generic.extract(page)
        name, problem = (
            getattr(extractor, "__name__", ""),
            " ".join(f"{type(error).__name__}: {error}".split()),
        )
        _log.warning("extractor %s failed, the generic one read %s (%s)", name, page.url, problem)
        found.article.extractor = f"{generic.NAME} ({name} failed)"
        return found
