"""The sample web's feeds, sitemaps, robots.txt and sources file, asked for through the real proxy."""

import gzip
import io
import json
import re
import urllib.robotparser
from typing import Any

import feedparser
import yaml
from lxml import etree

from crawler.sources import load_sources
from scripts.loopback_web import LoopbackWeb
from scripts.sample_lists import months
from scripts.sample_outlets import FOLDER
from scripts.sample_site import SampleWeb
from tests.scripts.client import get

MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = MANIFEST["announced"]


def test_feeds_parse_and_name_what_the_manifest_says(web: LoopbackWeb, sample: SampleWeb) -> None:
    versions = set()
    for outlet in sample.outlets:
        for settings in outlet.web.get("feeds", []):
            address = outlet.base + settings["path"]
            body = get(web.proxy_url, address).body
            if settings["form"] == "json":
                items = json.loads(body)["items"]
                links, version = [item["url"] for item in items], "json"
            else:
                feed = feedparser.parse(io.BytesIO(body))
                assert not feed.bozo, (address, feed.get("bozo_exception"))
                assert all(
                    entry.get("published_parsed") or entry.get("updated_parsed") for entry in feed.entries
                )
                links, version = [entry.link for entry in feed.entries], feed.version
            versions.add(version)
            named = [row["url"] for row in ROWS if address in row["announced_by"]]
            assert sorted(re.sub(r"\?utm_.*", "", link) for link in links) == sorted(named)
    assert versions == {"json", "rss20", "atom10", "rss10"}


def test_tracking_parameters_lead_to_the_same_page(web: LoopbackWeb) -> None:
    feed = feedparser.parse(io.BytesIO(get(web.proxy_url, "http://herald.example/rss/all.xml").body))
    assert all("utm_source=rss" in entry.link for entry in feed.entries)
    tracked, clean = feed.entries[1].link, feed.entries[1].link.partition("?")[0]
    assert get(web.proxy_url, tracked).body == get(web.proxy_url, clean).body


def _locations(body: bytes) -> list[str]:
    return [str(node.text) for node in etree.fromstring(body).iter("{*}loc")]


def test_news_sitemaps_give_title_and_time(web: LoopbackWeb, sample: SampleWeb) -> None:
    seen = 0
    for outlet in sample.outlets:
        for settings in outlet.web.get("sitemaps", []):
            root: Any = etree.fromstring(get(web.proxy_url, outlet.base + settings["path"]).body)
            assert len(root) == len(outlet.posts)
            if settings["form"] == "news-sitemap":
                seen += 1
                assert all(entry.find(".//{*}title").text for entry in root)
                assert all(entry.find(".//{*}publication_date").text for entry in root)
    assert seen >= 3


def test_the_dated_archive_is_found_by_robots_txt_alone(web: LoopbackWeb) -> None:
    rules = get(web.proxy_url, "http://courrier.example/robots.txt").body.decode()
    (index,) = re.findall(r"^Sitemap: (\S+)$", rules, re.MULTILINE)
    children = _locations(get(web.proxy_url, index).body)
    assert len(children) == 33
    assert children[-3:] == [
        "http://courrier.example/sitemaps/2022-08.xml.gz",
        "http://courrier.example/sitemaps/2022-09.xml",
        "http://courrier.example/sitemaps/2022-10.xml",
    ]
    august = get(web.proxy_url, children[-3])
    assert "Content-Encoding" not in august.headers
    assert len(_locations(gzip.decompress(august.body))) == 4
    old = _locations(get(web.proxy_url, children[0]).body)
    assert old
    assert {get(web.proxy_url, address).status for address in old} == {410}
    stories = [row for row in ROWS if row["host"] == "courrier.example" and row["related"] != "no"]
    assert len(stories) >= 5
    for row in stories:
        assert all("/sitemaps/" in place for place in row["announced_by"])


def test_robots_txt_forbids_the_internal_pages(web: LoopbackWeb, sample: SampleWeb) -> None:
    allowed: dict[str, bool] = {}
    for outlet in sample.outlets:
        rules = urllib.robotparser.RobotFileParser()
        rules.parse(get(web.proxy_url, f"{outlet.base}/robots.txt").body.decode().splitlines())
        allowed |= {
            row["url"]: rules.can_fetch("storytrail", row["url"])
            for row in ROWS
            if row["host"] == outlet.host
        }
    assert {url for url, may in allowed.items() if not may} == {
        row["url"] for row in ROWS if row["kind"] == "internal"
    }


def test_the_sources_file_leads_to_every_story(web: LoopbackWeb) -> None:
    sources = yaml.safe_load((FOLDER / "sources.yml").read_text(encoding="utf-8"))["sources"]
    lists = [
        url
        for source in sources
        for key in ("feeds", "sitemaps", "front_pages")
        for url in source.get(key, [])
    ]
    assert len(load_sources(FOLDER / "sources.yml")) == len(sources)
    assert len(sources) == MANIFEST["counts"]["outlets"]
    assert all(get(web.proxy_url, address).status == 200 for address in lists)
    for row in ROWS:
        by_robots = any("/sitemaps/2022" in place for place in row["announced_by"])
        assert by_robots or set(row["announced_by"]) & set(lists), row["url"]


def test_months() -> None:
    assert list(months("2021-11", "2022-02")) == ["2021-11", "2021-12", "2022-01", "2022-02"]
    assert list(months("2022-03", "2022-02")) == []
