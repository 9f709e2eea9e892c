"""What a site can ask of us, on sites of our own."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

from archive.warc import RawStore
from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import archived, ledger_rows, run

HTML = {"Content-Type": "text/html; charset=utf-8"}


def page(name: str) -> ProxyResponse:
    word = name.strip("/").replace("/", "")
    text = " ".join(
        f"Das {word}boot {number}{word} liegt vor {word}{number} im Hafen." for number in range(30)
    )
    body = f"<html lang=de><title>Seite {name}</title><h1>Bericht {name}</h1><p>{text}</p>"
    return ProxyResponse(headers=HTML, body=body.encode())


def closed(request: ProxyRequest) -> ProxyResponse:
    """A site whose robots.txt closes /intern/."""
    if request.target == "/robots.txt":
        return ProxyResponse(
            headers={"Content-Type": "text/plain"}, body=b"User-agent: *\nDisallow: /intern/\n", delay=0.3
        )
    return page(request.target)


def test_no_request_of_a_host_slips_past_its_robots_txt(tmp_path: Path) -> None:
    urls = [f"http://zu.example/{folder}/{number}" for number in range(6) for folder in ("intern", "offen")]
    with LoopbackWeb(closed) as web:
        done = run(
            tmp_path,
            "crawl",
            "urls",
            "-a",
            f"urls={','.join(urls)}",
            "-s",
            "DOWNLOAD_DELAY=0",
            proxy=web.proxy_url,
        )
        fetched = Counter(entry.url for entry in web.requests)
    assert done.returncode == 0, done.stderr
    assert not [url for url in fetched if "/intern/" in url]
    assert fetched["http://zu.example/robots.txt"] == 1
    states = {url: row["state"] for url, row in ledger_rows(tmp_path).items()}
    assert states == {url: "robots" if "/intern/" in url else "archived" for url in urls}


def test_one_request_at_a_time_with_the_delay_and_an_honest_name(tmp_path: Path) -> None:
    agents: set[str] = set()

    def site(request: ProxyRequest) -> ProxyResponse:
        agents.add(request.headers.get("user-agent", ""))
        return ProxyResponse(status=404) if request.target == "/robots.txt" else page(request.target)

    urls = ",".join(f"http://langsam.example/{number}" for number in range(4))
    with LoopbackWeb(site) as web:
        arguments = (
            "-s",
            "DOWNLOAD_DELAY=0.6",
            "-s",
            "RANDOMIZE_DOWNLOAD_DELAY=0",
            "-s",
            "CONTACT=ops@example.org",
        )
        done = run(tmp_path, "crawl", "urls", "-a", f"urls={urls}", *arguments, proxy=web.proxy_url)
        times = sorted(entry.time for entry in web.requests)
    assert done.returncode == 0, done.stderr
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.55
    assert agents == {"Storytrail/0.1 (+ops@example.org)"}


def test_every_response_is_kept_as_it_came(tmp_path: Path) -> None:
    def site(request: ProxyRequest) -> ProxyResponse:
        if request.target == "/alt":
            return ProxyResponse(status=301, headers={"Location": "http://weg.example/neu"})
        return ProxyResponse(status=404) if request.target == "/robots.txt" else page(request.target)

    with LoopbackWeb(site) as web:
        done = run(
            tmp_path,
            "crawl",
            "urls",
            "-a",
            "urls=http://weg.example/alt",
            "-s",
            "DOWNLOAD_DELAY=0",
            proxy=web.proxy_url,
        )
    assert done.returncode == 0, done.stderr
    store = RawStore(tmp_path / "raw")
    kept = {response.url: response.status for response in store.iterate()}
    assert kept == {
        "http://weg.example/robots.txt": 404,
        "http://weg.example/alt": 301,
        "http://weg.example/neu": 200,
    }
    (article,) = archived(tmp_path).values()
    assert article.raw is not None
    proof = store.read(article.raw)
    assert (proof.url, article.url) == ("http://weg.example/neu", "http://weg.example/neu")
    assert ("Content-Encoding", "gzip") in proof.headers
    assert proof.body[:2] == b"\x1f\x8b", "before decompression"
    (row,) = ledger_rows(tmp_path).values()
    assert (row["warc_file"], row["warc_offset"]) == (article.raw.file, article.raw.offset)
