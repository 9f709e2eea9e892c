#!/usr/bin/env python3
"""Measures how fast articles are written to Elasticsearch, beside elasticsearch-py's own `async_bulk`.

    python benchmarks/index.py [--url http://127.0.0.1:9200] [--documents 10000] [--rounds 3]

Each round writes the same articles into fresh indexes of the same schema: by `async_bulk` with its defaults,
from documents that are ready before the clock starts; by `ElasticArchive.put`, 2,000 articles a call; and a
fifth of them 32 a call, as a crawl does. They take turns every 2,000 articles. The exit code is 1 if the
archive reaches less than 85 % of async_bulk's rate.

More than 20,000 documents are written once, by the archive alone, and made on the fly: what is measured then
is whether memory stays flat. Without --url a node is started as scripts/elasticsearch does; a server that is
given must take requests without a login.
"""

import argparse
import asyncio
import contextlib
import itertools
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from elasticsearch import AsyncElasticsearch, Elasticsearch
from elasticsearch.helpers import async_bulk
from wordfreq import top_n_list

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from archive import open_archive  # noqa: E402
from archive.article import Article, Image, RawPage, Relation  # noqa: E402
from archive.base import Archive  # noqa: E402
from archive.elastic.address import Address, Credentials  # noqa: E402
from archive.elastic.connection import check_server, connect  # noqa: E402
from archive.elastic.documents import document  # noqa: E402
from archive.elastic.schema import Names, create_index  # noqa: E402
from archive.errors import ArchiveError  # noqa: E402
from archive.url import article_id  # noqa: E402
from pipelines.text.fingerprint import fingerprint  # noqa: E402
from scripts.elasticsearch_node.node import Node, NodeError  # noqa: E402

LANGUAGES = ("de", "en", "es", "fr", "it", "pl", "ru", "ar", "ja", "zh")
UNSPACED = ("ja", "zh")
VOCABULARY = 20_000
SENTENCE = (8, 24)
"""Words of a sentence."""
TEXT = (2_000, 3_000)
"""Bytes of a text."""

BATCH = 2_000
"""Articles a call."""
CRAWL_BATCH = 32
"""Articles a call of the crawl's last stage (`pipelines.stages.store`)."""
CRAWL_SHARE = 5
"""One article in so many is written in the crawl's way, too."""
HELD = 20_000
"""Up to so many articles are made beforehand and held in memory."""
HEAP = "1g"
"""Memory of a node that the benchmark starts itself."""
LEAST_RATIO = 0.85
MOST_GROWTH = 1.05
"""Memory after all documents by memory after a tenth of them, at most."""

FIRST_DAY = datetime(2022, 9, 1, tzinfo=UTC)
CLIENT, PUT, CRAWL = WAYS = ("async_bulk", "put", "put, 32 a call")


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--url", help="the server (default: a node of its own)")
    parser.add_argument("--documents", type=int, default=10_000, metavar="N", help="default: %(default)s")
    parser.add_argument("--rounds", type=int, default=3, metavar="R", help="default: %(default)s")
    options = parser.parse_args()
    if options.documents < BATCH or options.rounds < 1:
        parser.error(f"--documents takes {BATCH} or more, --rounds 1 or more")
    try:
        with server(options.url) as url:
            if options.documents > HELD:
                sys.exit(asyncio.run(measure_memory(url, options.documents)))
            made = list(articles(options.documents))
            sys.exit(asyncio.run(measure_rates(url, made, options.rounds)))
    except (NodeError, ArchiveError) as error:
        parser.error(f"{error}; --url names the server")


@contextmanager
def server(url: str | None) -> Iterator[str]:
    """The URL of a server that answers: the given one, or a node's that ends afterwards."""
    with contextlib.ExitStack() as stack:
        if not url:
            folder = stack.enter_context(tempfile.TemporaryDirectory())
            url = stack.enter_context(Node(Path(folder), heap=HEAP)).url
        address = Address.parse(f"{url.rstrip('/')}/bench")
        with connect(address, Credentials()) as client:
            print(f"Elasticsearch {check_server(client, address).version}")
        yield url.rstrip("/")


def articles(number: int) -> Iterator[Article]:
    """Articles made of frequent words, the same ones in every run; language follows language."""
    words = {language: top_n_list(language, VOCABULARY) for language in LANGUAGES}
    weights = {  # Zipf's law
        language: list(itertools.accumulate(1 / (rank + 3) for rank in range(len(known))))
        for language, known in words.items()
    }
    for count, language in zip(range(number), itertools.cycle(LANGUAGES), strict=False):
        yield _article(count, language, words[language], weights[language])


def _article(count: int, language: str, words: Sequence[str], weights: Sequence[float]) -> Article:
    chance = random.Random(count)

    def sentence() -> str:
        length = chance.randint(*SENTENCE)
        picked = chance.choices(words, cum_weights=weights, k=length)
        return ("" if language in UNSPACED else " ").join(picked).capitalize() + "."

    body = _text(sentence, chance.randint(*TEXT))
    outlet = f"outlet{chance.randrange(200)}.example"
    url = f"https://www.{outlet}/{language}/{count}-{chance.getrandbits(32):x}.html"
    published = FIRST_DAY + timedelta(minutes=count)
    return Article(
        id=article_id(url),
        url=url,
        canonical_url=url,
        announced_url=url,
        site=outlet,
        publisher=outlet.partition(".")[0].title(),
        source=f"{outlet}-feed",
        headline=sentence()[:120],
        description=sentence(),
        article_body=body,
        authors=[" ".join(chance.choices(words, k=2)).title()],
        article_section=chance.choice(words),
        keywords=chance.choices(words, k=4),
        images=[Image(url=f"https://www.{outlet}/{count}.jpg", caption=sentence(), credit="Agency")],
        in_language=language,
        language_confidence=0.99,
        declared_language=language,
        date_published=published,
        date_published_raw=published.isoformat(),
        date_published_source="json-ld",
        date_announced=published,
        date_fetched=published + timedelta(hours=1),
        extractor="generic",
        raw=RawPage(file=f"{count // 5000:05}.warc.gz", offset=count * 9_000, sha256=f"{count:064x}"),
        fingerprint=fingerprint(body, language),
        relations=[_relation(chance, words)],
    )


def _text(sentence: Callable[[], str], size: int) -> str:
    """Paragraphs of four sentences, of about `size` bytes."""
    sentences: list[str] = []
    length = 0
    while length < size:
        sentences.append(sentence())
        length += len(sentences[-1].encode()) + 1
    return "\n\n".join(" ".join(sentences[at : at + 4]) for at in range(0, len(sentences), 4))


def _relation(chance: random.Random, words: Sequence[str]) -> Relation:
    score = chance.random()
    evidence = {"words": chance.choices(words, k=6), "names": chance.choices(words, k=3)}
    values: dict[str, Any] = {"score": score, "rank": 2 * score, "related": score >= 0.5}
    return Relation(seed="5eed" * 16, kind="same-language", days_apart=1.0, evidence=evidence, **values)


async def measure_rates(url: str, made: Sequence[Article], rounds: int) -> int:
    """Print the rates of all rounds; the exit code."""
    print(f"{len(made):,} articles; documents a second:")
    await rates_of_round(url, made[:BATCH])  # the server compiles what runs often: not to be measured
    rates: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        for name, figure in (await rates_of_round(url, made)).items():
            rates[name].append(figure)
    for name, figures in rates.items():
        each = " ".join(f"{figure:6.0f}" for figure in figures)
        print(f"  {name:15} {each}   median {statistics.median(figures):6.0f}")
    ratio = statistics.median(rates[PUT]) / statistics.median(rates[CLIENT])
    print(f"put / async_bulk {ratio:.2f}, {LEAST_RATIO} wanted; peak memory {memory('VmHWM'):.0f} MB")
    return 0 if ratio >= LEAST_RATIO else 1


async def rates_of_round(url: str, made: Sequence[Article]) -> dict[str, float]:
    """Documents a second of each way; they take turns, so that a busy machine is as bad for each."""
    written: dict[str, int] = defaultdict(int)
    seconds: dict[str, float] = defaultdict(float)
    with fresh_index(url) as index, fresh_archive(url) as archive, fresh_archive(url) as crawled:
        async with AsyncElasticsearch(url, request_timeout=60) as client:
            for at in range(0, len(made), BATCH):
                part = made[at : at + BATCH]
                for name in WAYS if at // BATCH % 2 else reversed(WAYS):
                    share = part[::CRAWL_SHARE] if name == CRAWL else part
                    written[name] += len(share)
                    if name == CLIENT:
                        seconds[name] += await write_by_client(client, index, share)
                    elif name == PUT:
                        seconds[name] += await write_by_archive(archive, share)
                    else:
                        seconds[name] += await write_by_archive(crawled, share, CRAWL_BATCH)
    return {name: written[name] / seconds[name] for name in WAYS}


async def write_by_client(client: AsyncElasticsearch, index: str, made: Sequence[Article]) -> float:
    """Write by elasticsearch-py's helper with its defaults; seconds."""
    actions = [{"_index": index, "_id": one.id, "_source": document(one)} for one in made]
    begin = time.perf_counter()
    written, _ = await async_bulk(client, actions)
    seconds = time.perf_counter() - begin
    assert written == len(made)
    return seconds


async def write_by_archive(archive: Archive, made: Sequence[Article], batch: int = BATCH) -> float:
    """Write by the archive's `put`; seconds."""
    begin = time.perf_counter()
    results = [await archive.put(made[at : at + batch]) for at in range(0, len(made), batch)]
    seconds = time.perf_counter() - begin
    assert all(result.outcome == "stored" for result in itertools.chain.from_iterable(results))
    return seconds


async def measure_memory(url: str, number: int) -> int:
    """Write articles made on the fly; print the memory after 10, 50 and 100 %; the exit code."""
    marks = [number // 10, number // 2, number]
    used: list[float] = []
    written, seconds = 0, 0.0
    made = articles(number)
    with fresh_archive(url) as archive:
        while batch := list(itertools.islice(made, BATCH)):
            seconds += await write_by_archive(archive, batch)
            written += len(batch)
            if written >= marks[len(used)]:
                used.append(memory("VmRSS"))
                rate = written / seconds
                print(f"{written:8,} documents: {used[-1]:.0f} MB, {rate:.0f} a second", flush=True)
        assert archive.count() == number
    growth = used[-1] / used[0]
    print(f"growth {growth:.2f}, {MOST_GROWTH} at most; peak memory {memory('VmHWM'):.0f} MB")
    return 0 if growth <= MOST_GROWTH else 1


@contextmanager
def fresh_base(url: str) -> Iterator[str]:
    """A base name of its own; its index and templates are gone afterwards."""
    base = f"bench-{uuid.uuid4().hex[:12]}"
    names = Names(base)
    try:
        yield base
    finally:
        with Elasticsearch(url, request_timeout=60) as client:
            client.indices.delete(index=names.index(1), ignore_unavailable=True)
            client.indices.delete_index_template(name=names.read)
            for part in ("schema", "settings"):
                client.cluster.delete_component_template(name=f"{names.read}-{part}")


@contextmanager
def fresh_index(url: str) -> Iterator[str]:
    """An empty index as the archive makes it."""
    with fresh_base(url) as base, Elasticsearch(url, request_timeout=60) as client:
        yield create_index(client, base)


@contextmanager
def fresh_archive(url: str) -> Iterator[Archive]:
    """An empty archive on the server."""
    with fresh_base(url) as base, tempfile.TemporaryDirectory() as state:
        archive = open_archive(f"{url}/{base}", Path(state))
        try:
            yield archive
        finally:
            archive.close()


def memory(kind: str) -> float:
    """Megabytes of this process: "VmRSS" now, "VmHWM" at most so far (proc(5), Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    value = next(line for line in lines if line.startswith(f"{kind}:"))
    return int(value.split()[1]) * 1024 / 1_000_000


if __name__ == "__main__":
    main()
