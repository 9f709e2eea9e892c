"""Whether the language is sure, and what the page says of it."""

from typing import TYPE_CHECKING

from archive.article import Article
from pipelines.text.language import SAMPLE, UNDETERMINED, detect, is_mixed

if TYPE_CHECKING:
    from scrapy.crawler import Crawler


class LanguageStage:
    """Counts `stage/language/CODE`, `.../undetermined`, `.../declared_differs`; the text decides.

    Counts `stage/language/mixed` for texts that end in another language and have enough of two.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._stats = crawler.stats

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "LanguageStage":
        """Called by Scrapy."""
        return cls(crawler)

    def process_item(self, item: Article) -> Article:
        """The article; `in_language` falls back to the declared language where the text is too short."""
        declared = item.declared_language.partition("-")[0]
        if item.in_language in ("", "und"):
            self._stats.inc_value("stage/language/undetermined")
            item.in_language = declared or "und"
            item.language_confidence = 0.0
        elif declared and declared != item.in_language.partition("-")[0]:
            self._stats.inc_value("stage/language/declared_differs")
        ending = detect(item.article_body[-SAMPLE:], item.declared_language).code
        if ending not in (UNDETERMINED, item.in_language) and is_mixed(item.article_body, declared):
            self._stats.inc_value("stage/language/mixed")
        self._stats.inc_value(f"stage/language/{item.in_language}")
        return item
