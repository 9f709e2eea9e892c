import gzip

import pytest

from crawler.discovery import kind_of
from tests.crawler.discovery.fixture_files import saved


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("rss2_de.xml", "RSS 2.0"),
        ("rss1_ru.rdf", "RSS 1.0"),
        ("rss090_en.rdf", "RSS 0.90"),
        ("rss091_fr.xml", "RSS 0.91"),
        ("atom_ko.xml", "Atom"),
        ("feed_es.json", "JSON Feed"),
        ("sitemap_news_en.xml", "news sitemap"),
        ("sitemap_other_prefixes_ja.xml", "news sitemap"),
        ("sitemap_no_namespace.xml", "sitemap"),
        ("sitemap_index.xml", "sitemap index"),
        ("sitemap_index.xml.gz", "sitemap index"),
        ("sitemap_lines.txt", "text sitemap"),
        ("front_de.html", "HTML"),
        ("robots.txt", "unknown"),
    ],
)
def test_kinds(name: str, kind: str) -> None:
    assert kind_of(saved(name)) == kind


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "empty"),
        (gzip.compress(gzip.compress(b"<urlset/>", mtime=0), mtime=0), "sitemap"),
        (b"\x1f\x8bxx", "empty"),
        ("<rss version='2.0'>".encode("utf-16"), "RSS 2.0"),
        (b"<rss>", "RSS"),
        (b"[1]", "JSON"),
        (b"<!doctype HTML><p>", "HTML"),
        (b"<svg/>", "unknown"),
    ],
)
def test_small_ones(body: bytes, kind: str) -> None:
    assert kind_of(body) == kind
