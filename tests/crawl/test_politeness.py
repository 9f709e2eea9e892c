"""What a site can ask of us, on sites of our own."""

import signal
import subprocess
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from archive.warc import RawStore
from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.crawl.conftest import ROOT, archived, command, environment, ledger_rows, run

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
        arguments = ("-s", "DOWNLOAD_DELAY=0.6", "-s", "CONTACT=ops@example.org")
        done = run(tmp_path, "crawl", "urls", "-a", f"urls={urls}", *arguments, proxy=web.proxy_url)
        times = sorted(entry.time for entry in web.requests)
    assert done.returncode == 0, done.stderr
    assert min(later - earlier for earlier, later in pairwise(times)) >= 0.6
    assert agents == {"Storytrail/0.1 (+ops@example.org)"}


class Demanding:
    """Sites that each ask for something, some of them once or twice."""

    def __init__(self) -> None:
        self._asked: Counter[str] = Counter()

    def __call__(self, request: ProxyRequest) -> ProxyResponse:
        if request.target == "/robots.txt":
            rules = b"User-agent: *\nCrawl-delay: 0.7\n" if request.host == "takt.example" else b""
            return ProxyResponse(headers={"Content-Type": "text/plain"}, body=rules)
        if request.host == "umzug.example":
            return ProxyResponse(status=301, headers={"Location": "http://voll.example/neu"})
        self._asked[request.host] += 1
        match request.host, self._asked[request.host]:
            case "voll.example", 1:
                return ProxyResponse(status=429, headers={"Retry-After": "3"})
            case "eng.example", 1 | 2:
                return ProxyResponse(status=429)
            case "kaputt.example", 1:
                return ProxyResponse(status=503)
            case "fern.example", _:
                return ProxyResponse(status=503, headers={"Retry-After": "Fri, 31 Dec 2100 23:59:59 GMT"})
        return page(f"/{request.host.partition('.')[0]}{request.target}")


def times_of(web: LoopbackWeb, host: str) -> list[float]:
    return [entry.time for entry in web.requests if entry.url.startswith(f"http://{host}/")]


def gaps_of(web: LoopbackWeb, host: str) -> list[float]:
    return [later - earlier for earlier, later in pairwise(times_of(web, host))]


def test_what_sites_ask_for_is_done_while_others_are_fetched(tmp_path: Path) -> None:
    urls = [
        *(f"http://{host}.example/{n}" for host in ("takt", "voll", "fern") for n in (1, 2)),
        "http://umzug.example/1",
        "http://kaputt.example/1",
        "http://eng.example/1",
    ]
    quick = ("-s", "DOWNLOAD_DELAY=0", "-s", "TOO_MANY_REQUESTS_PAUSE=0.5", "-L", "INFO")
    with LoopbackWeb(Demanding()) as web:
        done = run(tmp_path, "crawl", "urls", "-a", f"urls={','.join(urls)}", *quick, proxy=web.proxy_url)
    assert min(gaps_of(web, "takt.example")) >= 0.7
    assert [gap >= 3 for gap in gaps_of(web, "voll.example")] == [False, True, False, False]
    assert [gap >= wanted for gap, wanted in zip(gaps_of(web, "eng.example")[1:], (0.5, 1.0), strict=True)]
    assert len(times_of(web, "kaputt.example")) == 3
    assert len(times_of(web, "fern.example")) == 2, "robots.txt and one page; nothing after that"
    states = {url: row["state"] for url, row in ledger_rows(tmp_path).items()}
    assert states == {url: "pending" if "fern" in url else "archived" for url in urls}, done.stderr
    assert "'politeness/crawl_delay': 1" in done.stderr
    assert "'politeness/retry_after': 2" in done.stderr


def test_a_pause_does_not_hold_up_the_end_of_a_crawl(tmp_path: Path) -> None:
    def full(request: ProxyRequest) -> ProxyResponse:
        if request.url == "http://voll.example/robots.txt":
            return ProxyResponse(status=404)
        return ProxyResponse(status=429, headers={"Retry-After": "60"})

    urls = ",".join(f"http://{host}.example/{number}" for host in ("voll", "zu") for number in range(3))
    with LoopbackWeb(full) as web:
        process = subprocess.Popen(
            command("crawl", "urls", "-a", f"urls={urls}", "-s", "DOWNLOAD_DELAY=0"),
            cwd=ROOT,
            env=environment(tmp_path, web.proxy_url),
            stderr=subprocess.PIPE,
            text=True,
        )
        deadline = time.monotonic() + 30
        while len(web.requests) < 3 and time.monotonic() < deadline:
            time.sleep(0.1)
        time.sleep(0.5)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1]
        assert len(web.requests) == 3, "two of robots.txt, one page"
    assert time.monotonic() - started < 10
    assert "Traceback" not in said
    assert [row["state"] for row in ledger_rows(tmp_path).values()] == ["pending"] * 6


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
