"""Crawls into a real Elasticsearch: as good as into the embedded archive, whatever becomes of the server."""

import re
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from archive import open_archive
from archive.article import Article
from archive.elastic.schema import create_index
from scripts.elasticsearch_node.node import Node
from scripts.loopback_web import LoopbackWeb, ProxyRequest, ProxyResponse
from tests.archive.elastic.gate import Gate
from tests.archive.elastic.tls_proxy import TlsProxy
from tests.crawl.conftest import ROOT, SAMPLE_SOURCES, SEED, Run, command, environment, ledger_rows, run
from tests.crawl.test_politeness import page
from tests.crawl.test_related import ranked

QUICK = ("-s", "DOWNLOAD_DELAY=0")
SMALL = ("-s", "ARCHIVE_SPOOL_MAX_SIZE=25000")
"""About 40 of our pages."""
WAIT = 60
"""Seconds until something must have happened."""


def until(happened: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT
    while not happened():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


# --- The sample web ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def both(
    elasticsearch_url: str, sample_web: LoopbackWeb, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, tuple[Path, Run, str]]]:
    """State folder, end and ARCHIVE_URL of one crawl into each kind of archive, run side by side."""
    base = f"crawl-{secrets.token_hex(4)}"
    urls = {"embedded": "embedded:", "elasticsearch": f"{elasticsearch_url}/{base}"}
    states = {name: tmp_path_factory.mktemp(name) for name in urls}
    args = ("crawl", "related", "-a", f"seed={SEED}", "-a", f"sources={SAMPLE_SOURCES}", "-a", "days=60")

    def crawl(name: str) -> Run:
        return run(states[name], *args, proxy=sample_web.proxy_url, ARCHIVE_URL=urls[name])

    with ThreadPoolExecutor() as pool:
        runs = dict(zip(urls, pool.map(crawl, urls), strict=True))
    yield {name: (states[name], runs[name], urls[name]) for name in urls}
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        client.indices.delete(index=f"{base}-articles-v1")
        client.indices.delete(index=f"{base}-runs-v1")


Both = dict[str, tuple[Path, Run, str]]


def kept(both: Both, name: str) -> dict[str, Article]:
    """All archived articles by the URL they were announced under."""
    state, _, url = both[name]
    with closing(open_archive(url, state)) as archive:
        return {article.announced_url: article for article in archive.iterate()}


def test_the_top_ten_are_those_of_the_embedded_archive(both: Both) -> None:
    for name in both:
        assert both[name][1].returncode == 0, both[name][1].stderr
        assert "Traceback" not in both[name][1].stderr
    ours, theirs = kept(both, "elasticsearch"), kept(both, "embedded")
    top = [(article.url, article.relations[0].rank) for article in ranked(ours)[:10]]
    assert top == [(article.url, article.relations[0].rank) for article in ranked(theirs)[:10]]
    assert both["elasticsearch"][1].stdout.splitlines()[:30] == both["embedded"][1].stdout.splitlines()[:30]


def test_everything_else_is_the_same_too(both: Both) -> None:
    ours, theirs = kept(both, "elasticsearch"), kept(both, "embedded")
    # which of two addresses of one text is the duplicate depends on which came first
    texts = [
        {(one.site, one.article_body): one.headline for one in found.values()} for found in (ours, theirs)
    ]
    assert texts[0] == texts[1]
    copies = [{one.url for one in found.values() if one.copy_of} for found in (ours, theirs)]
    assert len(copies[0]) == len(copies[1])


@pytest.mark.parametrize(
    ("field", "words", "inflected"),
    [
        ("text.de", "Raketen", "Rakete"),
        ("text.fr", "sanction", "sanctions"),
        ("text.ru", "президентами", "президента?"),
        ("text.en", "missile", "missiles"),
        ("text.ja", "大統領", "大統領"),
    ],
)
def test_plain_elasticsearch_py_finds_articles_by_another_form_of_the_word(
    both: Both, elasticsearch_url: str, field: str, words: str, inflected: str
) -> None:
    base = both["elasticsearch"][2].rpartition("/")[2]
    with Elasticsearch(elasticsearch_url) as client:
        found = client.search(index=f"{base}-articles", query={"match": {field: words}}, size=100)
    texts = [hit["_source"]["text"][field.partition(".")[2]] for hit in found["hits"]["hits"]]
    assert texts, "nothing found"
    other = re.compile(rf"\b{inflected}\b" if words != inflected else inflected, re.IGNORECASE)
    assert any(other.search(text) for text in texts)


def test_each_run_is_one_report_with_the_right_counts(both: Both, elasticsearch_url: str) -> None:
    state, done, url = both["elasticsearch"]
    base = url.rpartition("/")[2]
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.refresh(index=f"{base}-runs")
        hits = client.search(index=f"{base}-runs")["hits"]["hits"]
    assert len(hits) == 1
    report = hits[0]["_source"]
    states = [row["state"] for row in ledger_rows(state).values()]
    assert report["spider"] == "related"
    assert report["exit_code"] == 0
    assert report["archived"] == states.count("archived")
    assert report["duplicates"] == states.count("duplicate")
    assert report["fetched"] + report["pending"] == len(states) == report["announced_new"]
    assert report["archived_new"] == len(kept(both, "elasticsearch"))
    assert f"archived  {report['archived_new']} new or changed, 0 unchanged" in done.stderr


# --- The server comes and goes ---------------------------------------------------------------------------


def slow(request: ProxyRequest) -> ProxyResponse:
    """Any page of any host, half a second each where the path says so."""
    if request.target == "/robots.txt":
        return ProxyResponse(status=404)
    answer = page(f"{request.host.replace('.', '')}{request.target}")
    return ProxyResponse(
        headers=answer.headers, body=answer.body, delay=0.5 if "slow" in request.target else 0.0
    )


@pytest.fixture(scope="module")
def web() -> Iterator[LoopbackWeb]:
    with LoopbackWeb(slow) as served:
        yield served


@pytest.fixture(scope="module")
def base(elasticsearch_url: str) -> Iterator[str]:
    name = f"crawl-{secrets.token_hex(4)}"
    with Elasticsearch(elasticsearch_url, request_timeout=60) as client:
        create_index(client, name)
        yield name
        client.indices.delete(index=f"{name}-articles-v1")
        client.indices.delete(index=f"{name}-runs-v1", ignore_unavailable=True)


class Case:
    """A state folder, some pages of its own to crawl, and the archive behind a gate."""

    def __init__(self, state: Path, web: LoopbackWeb, server: str, base: str) -> None:
        self.state, self.web, self.base = state, web, base
        self.client = Elasticsearch(server, request_timeout=60)
        self.gate = Gate(server)
        self.archive_url = f"{self.gate.url}/{base}"
        self.host = secrets.token_hex(4)
        self.log = state / "said.txt"

    def know(self) -> None:
        """As after an earlier run."""
        open_archive(self.archive_url, self.state).close()

    def args(self, count: int, kind: str = "page", *more: str) -> list[str]:
        urls = ",".join(f"http://{self.host}{number % 4}.example/{kind}/{number}" for number in range(count))
        return ["crawl", "urls", "-a", f"urls={urls}", *QUICK, *more]

    def crawl(self, args: list[str]) -> Run:
        return run(self.state, *args, proxy=self.web.proxy_url, ARCHIVE_URL=self.archive_url)

    @contextmanager
    def crawling(self, args: list[str]) -> Iterator["subprocess.Popen[str]"]:
        """A crawl that goes on by itself; it ends in the block."""
        values = environment(self.state, self.web.proxy_url, ARCHIVE_URL=self.archive_url)
        with self.log.open("w") as log:
            process = subprocess.Popen(command(*args), cwd=ROOT, env=values, stderr=log, text=True)
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8")

    def states(self) -> list[str]:
        return [row["state"] for row in ledger_rows(self.state).values()]

    def spooled(self) -> int:
        with closing(open_archive(self.archive_url, self.state)) as archive:
            return archive.spooled

    def check(self, count: int) -> None:
        """All pages are archived, and every row of the ledger that says so has its article."""
        assert self.states() == ["archived"] * count
        ids = [row["article_id"] for row in ledger_rows(self.state).values()]
        docs = self.client.mget(index=f"{self.base}-articles", ids=ids)["docs"]
        assert [doc["found"] for doc in docs] == [True] * count
        assert {doc["_version"] for doc in docs} == {1}

    def reports(self) -> list[dict[str, Any]]:
        """The reports of our runs, oldest first."""
        index = f"{self.base}-runs"
        self.client.indices.refresh(index=index)
        found = self.client.search(index=index, sort=[{"started_at": "asc"}], size=1000)
        return [hit["_source"] for hit in found["hits"]["hits"]]


@pytest.fixture
def case(tmp_path: Path, web: LoopbackWeb, elasticsearch_url: str, base: str) -> Iterator[Case]:
    made = Case(tmp_path, web, elasticsearch_url, base)
    yield made
    made.gate.shut()
    made.client.close()


def test_a_known_server_is_away_for_the_whole_crawl_and_back_for_the_next(case: Case) -> None:
    case.know()
    case.gate.shut()
    away = case.crawl(case.args(12))
    assert away.returncode == 0, away.stderr
    assert "cannot be reached (Connection refused)" in away.stderr
    assert "articles go to the spool until it is back" in away.stderr
    assert "archived  0 new or changed, 0 unchanged, 12 into the spool" in away.stderr
    assert "12 wait in the spool until it is back" in away.stderr
    assert "Traceback" not in away.stderr
    assert case.states() == ["archived"] * 12
    case.gate.open()
    before = len(case.reports()) if case.client.indices.exists(index=f"{case.base}-runs") else 0
    back = case.crawl(case.args(13))
    assert back.returncode == 0, back.stderr
    assert "12 spooled articles are in the archive now" in back.stderr
    case.check(13)
    reports = case.reports()[before:]
    assert [(one["spooled"], one["archived_new"], one["fetched"]) for one in reports] == [
        (12, 0, 12),
        (0, 1, 1),
    ]


def test_a_server_goes_away_in_the_middle_and_comes_back(case: Case) -> None:
    with case.crawling(case.args(60, "slow")) as process:
        until(lambda: _found(case) > 4)
        case.gate.shut()
        until(lambda: "articles go to the spool" in case.said())
        case.gate.open()
        process.wait(WAIT)
    assert process.returncode == 0, case.said()
    assert "Traceback" not in case.said()
    if case.spooled():  # the rest waits for the next command
        case.crawl(case.args(60, "slow"))
    case.check(60)


def _found(case: Case) -> int:
    query = {"prefix": {"site": case.host}}
    case.client.indices.refresh(index=f"{case.base}-articles")
    return int(case.client.count(index=f"{case.base}-articles", query=query)["count"])


def test_a_full_spool_pauses_the_crawl_until_the_server_is_back(case: Case) -> None:
    case.know()
    case.gate.shut()
    args = case.args(100, "page", *SMALL)
    with case.crawling(args) as process:
        until(lambda: "the crawl pauses" in case.said())
        time.sleep(2)
        settled = case.states().count("archived")
        assert process.poll() is None
        assert 0 < settled < 80
        time.sleep(1.5)
        assert case.states().count("archived") == settled
        case.gate.open()
        process.wait(WAIT)
    assert process.returncode == 0, case.said()
    assert "Traceback" not in case.said()
    if case.spooled():
        case.crawl(args)
    case.check(100)


def test_sigterm_ends_a_paused_crawl_and_its_pages_are_given_out_again(case: Case) -> None:
    case.know()
    case.gate.shut()
    args = case.args(100, "page", *SMALL)
    with case.crawling(args) as process:
        until(lambda: "the crawl pauses" in case.said())
        time.sleep(1)
        started = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(WAIT)
        assert time.monotonic() - started < 10
    assert process.returncode == 1
    assert "Traceback" not in case.said()
    states = case.states()
    assert set(states) == {"archived", "pending"}
    assert states.count("archived") == case.spooled() > 0
    case.gate.open()
    again = case.crawl(args)
    assert again.returncode == 0, again.stderr
    case.check(100)


@pytest.mark.parametrize("fault", ["never reached", "wrong password"])
def test_an_archive_that_cannot_be_used_is_one_line_before_any_page_is_fetched(
    fault: str, tmp_path: Path, elasticsearch_url: str, free_tcp_port: int
) -> None:
    with LoopbackWeb(slow) as web, TlsProxy(elasticsearch_url, user="crawler", password="right") as proxy:
        url, line = f"http://127.0.0.1:{free_tcp_port}/news", "it was never reached from this state folder"
        if fault == "wrong password":
            url, line = proxy.archive_url("news").replace("right", "wr0ng"), "does not accept the credentials"
        done = run(
            tmp_path,
            *("crawl", "urls", "-a", "urls=http://a.example/1", *QUICK),
            proxy=web.proxy_url,
            ARCHIVE_URL=url,
            ELASTICSEARCH_CA_CERTS=proxy.ca_file,
        )
        assert web.requests == []
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert line in done.stderr
    assert "wr0ng" not in done.stderr


@pytest.mark.long
def test_the_node_is_killed_in_the_middle_and_started_again(
    tmp_path: Path, web: LoopbackWeb, new_node: Callable[..., Node]
) -> None:
    node = new_node()
    case = Case(tmp_path, web, node.url, "news")
    case.archive_url = f"{node.url}/news"
    case.know()
    with case.crawling(case.args(200, "slow")) as process:
        until(lambda: _found(case) > 10)
        node.kill()
        until(lambda: "articles go to the spool" in case.said())
        node.start()
        process.wait(2 * WAIT)
    assert process.returncode == 0, case.said()
    if case.spooled():
        case.crawl(case.args(200, "slow"))
    case.check(200)
    case.client.close()
    case.gate.shut()
