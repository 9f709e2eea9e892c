"""Our export form for `-o out.jsonl` and `-o out.json`: `Article.to_dict`."""

from typing import Any

from scrapy.exporters import JsonItemExporter, JsonLinesItemExporter

from archive.article import Article


class ArticleJsonLines(JsonLinesItemExporter):
    """One article a line."""

    def export_item(self, item: Any) -> None:
        """Write the article; any other item as Scrapy would."""
        super().export_item(_record(item))


class ArticleJson(JsonItemExporter):
    """One array of articles."""

    def export_item(self, item: Any) -> None:
        """Write the article; any other item as Scrapy would."""
        super().export_item(_record(item))


def _record(item: Any) -> Any:
    return item.to_dict() if isinstance(item, Article) else item
