"""Every page of the sample web, asked for through the real proxy, is what the manifest says."""

import io
import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import feedparser
import pytest
from lxml import html

from scripts.loopback_web import LoopbackWeb
from scripts.sample_manifest import manifest_text
from scripts.sample_outlets import FOLDER, Post
from scripts.sample_site import SampleWeb
from tests.scripts.client import Answer, get

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = ROOT / "scripts" / "sample_web.py"
MANIFEST: dict[str, Any] = json.loads((FOLDER / "manifest.json").read_text(encoding="utf-8"))
ROWS: list[dict[str, Any]] = MANIFEST["announced"]
READABLE = [row for row in ROWS if row["expected"] in ("archived", "duplicate")]


@pytest.fixture(scope="module")
def posts(sample: SampleWeb) -> dict[str, Post]:
    return {f"{outlet.host}/{post.slug}": post for outlet in sample.outlets for post in outlet.posts}


def _rows(kind: str) -> list[dict[str, Any]]:
    return [row for row in ROWS if row["kind"] == kind]


def _decoded(answer: Answer) -> str:
    charset = answer.headers.get_content_charset()
    if charset is None:
        declared = re.search(rb"charset=([\w-]+)", answer.body[:1024])
        assert declared, answer.url
        charset = declared[1].decode()
    return answer.body.decode(charset)


def _text(page: str) -> str:
    """All text of the page; where it is rendered by the client, the text in its JSON-LD."""
    root: Any = html.document_fromstring(page)
    stored = [json.loads(script.text or "") for script in root.xpath("//script[@type='application/ld+json']")]
    bodies = [data["articleBody"] for data in stored if "articleBody" in data]
    return " ".join(" ".join([root.text_content(), *bodies]).split())


def test_the_manifest_is_current(sample: SampleWeb) -> None:
    kept = (FOLDER / "manifest.json").read_text(encoding="utf-8")
    assert kept == manifest_text(sample), "run: python scripts/sample_web.py --write-manifest"


def test_the_manifest_has_every_kind_of_page() -> None:
    kinds = set(MANIFEST["counts"]["kinds"])
    assert kinds >= {"article", "modified", "paywall", "consent", "soft404", "redirect", "wrong-language"}
    assert kinds >= {"print", "page", "tag", "gone", "internal"}
    assert MANIFEST["counts"]["announced"] == len(ROWS) == len({row["url"] for row in ROWS})


@pytest.mark.parametrize("row", READABLE, ids=lambda row: f"{row['host']}/{row['slug']}-{row['kind']}")
def test_an_article_page_holds_its_text(
    row: dict[str, Any], web: LoopbackWeb, posts: dict[str, Post]
) -> None:
    answer = get(web.proxy_url, row["url"])
    assert (answer.status, answer.url) == (200, row["final_url"])
    assert answer.headers["Last-Modified"]
    page = _decoded(answer)
    text, post = _text(page), posts[f"{row['host']}/{row['slug']}"]
    assert " ".join(row["headline"].split()) in text or row["kind"] == "print"
    shown = post.paragraphs[:1] if row["access"] == "paywall" else post.paragraphs
    for paragraph in post.paragraphs:
        assert (" ".join(paragraph.split()) in text) == (paragraph in shown), paragraph
    assert html.document_fromstring(page).get("lang") == (
        None if row["host"] == "vestnik.example" else row["declared_language"]
    )


@pytest.mark.parametrize("row", [row for row in ROWS if row not in READABLE], ids=lambda row: row["url"])
def test_a_page_without_an_article_holds_none(
    row: dict[str, Any], web: LoopbackWeb, posts: dict[str, Post]
) -> None:
    answer = get(web.proxy_url, row["url"])
    assert answer.status == (404 if row["kind"] == "gone" else 200)
    assert answer.url == row["final_url"]
    if row["slug"]:
        text = _text(_decoded(answer))
        assert not any(paragraph in text for paragraph in posts[f"{row['host']}/{row['slug']}"].paragraphs)


def test_other_pages_answer(web: LoopbackWeb) -> None:
    assert {row["kind"] for row in MANIFEST["others"]} >= {"front", "section", "page", "amp"}
    for row in MANIFEST["others"]:
        assert get(web.proxy_url, row["url"]).status == 200, row["url"]


def test_every_link_of_every_page_leads_somewhere(sample: SampleWeb) -> None:
    forgiven = {row["url"] for row in _rows("gone")}
    for address, answer in sample.answers.items():
        if answer.status == 200 and answer.headers["Content-Type"].startswith("text/html"):
            root: Any = html.document_fromstring(answer.body, base_url=address)
            root.make_links_absolute()
            for anchor in root.xpath("//a[starts-with(@href, 'http')]"):
                link = anchor.get("href").partition("#")[0]
                assert link in sample.answers or link in forgiven, f"{address} -> {link}"


def test_the_redirect_is_a_chain(web: LoopbackWeb) -> None:
    (row,) = _rows("redirect")
    first = get(web.proxy_url, row["url"], follow=False)
    second = get(web.proxy_url, first.headers["Location"], follow=False)
    assert [first.status, second.status] == [302, 301]
    assert second.headers["Location"] == row["final_url"] != row["url"]


def test_the_updated_article_says_so(web: LoopbackWeb) -> None:
    (row,) = _rows("modified")
    page = _decoded(get(web.proxy_url, row["url"]))
    assert row["modified"] > row["published"]
    assert '"dateModified": "2022-09-23T10:20:00+02:00"' in page
    assert "Stand: 23.09.2022 10:20 Uhr" in page


def test_the_paywall_says_so(web: LoopbackWeb) -> None:
    (row,) = _rows("paywall")
    page = _decoded(get(web.proxy_url, row["url"]))
    assert '"isAccessibleForFree": false' in page
    assert "abonnieren" in page


def test_the_print_version_has_no_canonical_and_the_amp_twin_has(web: LoopbackWeb) -> None:
    (row,) = _rows("print")
    assert "canonical" not in _decoded(get(web.proxy_url, row["url"]))
    assert row["duplicate_of"] == f"{row['host']}/{row['slug']}"
    article = next(row for row in _rows("article") if row["host"] == "herald.example")
    amp = article["url"].replace("herald.example/", "herald.example/amp/")
    assert f'<link rel="amphtml" href="{amp}">' in _decoded(get(web.proxy_url, article["url"]))
    assert f'<link rel="canonical" href="{article["url"]}">' in _decoded(get(web.proxy_url, amp))


def test_windows_1251_is_declared_in_the_page_only(web: LoopbackWeb) -> None:
    answer = get(web.proxy_url, next(row["url"] for row in ROWS if row["host"] == "vestnik.example"))
    assert answer.headers["Content-Type"] == "text/html"
    with pytest.raises(UnicodeDecodeError):
        answer.body.decode("utf-8")
    assert "Разделы" in answer.body.decode("windows-1251")
    feed = feedparser.parse(io.BytesIO(get(web.proxy_url, "http://vestnik.example/rss.xml").body))
    assert feed.encoding == "windows-1251"
    assert re.search("[а-я]{4}", feed.entries[0].title)


def test_what_is_not_there_is_404_in_the_outlet_s_words(web: LoopbackWeb) -> None:
    answer = get(web.proxy_url, "http://visti.example/nope")
    assert answer.status == 404
    assert "Сторінку не знайдено" in answer.body.decode()
    assert get(web.proxy_url, "http://visti.example/", method="POST").status == 405
    assert get(web.proxy_url, "http://visti.example/images/any.png").headers["Content-Type"] == "image/png"
    assert get(web.proxy_url, "http://elsewhere.example/").status == 502


def test_the_program_serves_and_stops_cleanly(tmp_path: Path) -> None:
    program = subprocess.Popen(
        [sys.executable, PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path
    )
    with program:
        assert program.stdout
        line = program.stdout.readline()
        found = re.fullmatch(
            r"sample web: \d+ articles of 13 outlets; export http_proxy=(http://127\.0\.0\.1:\d+)\n", line
        )
        assert found, line
        assert get(found[1], "http://tagblatt.example/").status == 200
        program.send_signal(signal.SIGTERM)
        assert program.wait(timeout=10) == 0
        assert program.stderr
        assert program.stderr.read() == ""


def test_the_program_ends_with_its_parent() -> None:
    command = [sys.executable, str(PROGRAM), "--with-parent", "--print-proxy"]
    start = f"import subprocess; subprocess.Popen({command!r}).wait()"
    parent = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True)
    with parent:
        assert parent.stdout
        assert parent.stdout.readline().startswith("http://127.0.0.1:")
        parent.kill()
        assert parent.stdout.read() == ""  # the pipe closes only when the program, too, is gone


def test_a_port_in_use_is_one_line(web: LoopbackWeb) -> None:
    port = web.proxy_url.rpartition(":")[2]
    done = subprocess.run(
        [sys.executable, PROGRAM, "--port", port], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert re.fullmatch(rf"sample_web: port {port}: .*give another one with --port.*\n", done.stderr)
