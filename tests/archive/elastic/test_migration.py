"""Migrations on a real server, killed and disturbed at every point while crawls write."""

import asyncio
import contextlib
import dataclasses
import itertools
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from elastic_transport import Transport
from elasticsearch import Elasticsearch, helpers

from archive import open_archive
from archive.article import Article, Relation
from archive.elastic import indexes, mirror, schema, writer
from archive.elastic.address import Address
from archive.elastic.archive import ElasticArchive
from archive.elastic.migration import Migration
from archive.elastic.schema import SCHEMA_VERSION, Names
from archive.errors import ArchiveAway, ArchiveError
from scripts.elasticsearch_node.node import Node
from tests.archive.elastic import migrating
from tests.archive.elastic.gate import Gate
from tests.archive.samples import article, days

Open = Callable[..., ElasticArchive]


@pytest.fixture(autouse=True)
def simple_analysis(monkeypatch: pytest.MonkeyPatch) -> None:
    migrating.analyse_simply(monkeypatch)


@pytest.fixture
def base() -> str:
    return f"migration-{secrets.token_hex(4)}"


@pytest.fixture
def client(elasticsearch_url: str, base: str) -> Iterator[Elasticsearch]:
    with Elasticsearch(elasticsearch_url, request_timeout=60) as made:
        yield made
        for index in made.indices.get_alias(index=f"{base}-*").body:
            made.indices.delete(index=index)
        tidying = made.options(ignore_status=404)
        tidying.indices.delete_index_template(name=f"{base}-*")
        tidying.cluster.delete_component_template(name=f"{base}-*")


@pytest.fixture
def opened(elasticsearch_url: str, base: str, tmp_path: Path, client: Elasticsearch) -> Iterator[Open]:
    """Opens archives; each call another one, as other processes would."""
    archives: list[ElasticArchive] = []

    def make(url: str = elasticsearch_url) -> ElasticArchive:
        made = open_archive(f"{url}/{base}", tmp_path)
        assert isinstance(made, ElasticArchive)
        archives.append(made)
        return made

    yield make
    for made in archives:
        made.close()


@pytest.fixture
def moving(client: Elasticsearch, elasticsearch_url: str, base: str) -> Migration:
    return Migration(client, Address.parse(f"{elasticsearch_url}/{base}"))


def outcomes(archive: ElasticArchive, *articles: Article) -> list[str]:
    return [result.outcome for result in asyncio.run(archive.put(articles))]


def fill(archive: ElasticArchive, number: int) -> list[Article]:
    """That many articles."""
    articles = [article(f"filled/{one}", f"A text. {one}") for one in range(number)]
    assert set(outcomes(archive, *articles)) <= {"stored"}
    return articles


def seen_by(article: Article, seed: str, **values: Any) -> Article:
    """The same article, related to one seed more."""
    related = Relation(seed=seed, score=2.0, rank=2.0, kind="same-language", related=True)
    return dataclasses.replace(article, relations=[related], **values)


def kept(client: Elasticsearch, index: str) -> dict[str, tuple[Any, ...]]:
    """Version, digest and seeds of each document; of former revisions too, but by the alias to read from."""
    client.indices.refresh(index=index)
    hits = helpers.scan(client, index=index, version=True, _source=["digest", "relations"])
    return {
        hit["_id"]: (
            hit["_version"],
            hit["_source"]["digest"],
            frozenset(one["seed"] for one in hit["_source"].get("relations", [])),
        )
        for hit in hits
    }


class Crawl(threading.Thread):
    """Writes and deletes as crawls do until it is stopped, and keeps the model of what was acknowledged."""

    def __init__(self, archive: ElasticArchive, shared: Sequence[Article]) -> None:
        super().__init__()
        self._archive = archive
        self._shared = shared
        self._prefix = secrets.token_hex(4)
        self._numbers = itertools.count()
        self._stopping = threading.Event()
        self.own: dict[str, Article] = {}
        self.formers: dict[str, list[str]] = {}
        self.staying = 0
        self.deleted: set[str] = set()
        self.seeds: dict[str, set[str]] = {one.id: set() for one in shared}
        self.failure: BaseException | None = None
        self.puts = 0

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                self._put_new()
                self._put_newer()
                self._put_relations()
                self._forget()
        except BaseException as error:
            self.failure = error

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        if self.failure:
            raise self.failure

    def _put(self, articles: Sequence[Article]) -> None:
        results = asyncio.run(self._archive.put(articles))
        assert {result.outcome for result in results} <= {"stored", "unchanged"}, results
        self.puts += len(articles)

    def _put_new(self) -> None:
        new = [self._new("stays.example") for _ in range(8)] + [self._new("goes.example") for _ in range(2)]
        self._put(new)
        self.own |= {one.id: one for one in new}
        self.staying += 8

    def _new(self, site: str) -> Article:
        name = f"{self._prefix}-{next(self._numbers)}"
        return article(name, f"Text of {name}.", site=site, date_fetched=days(1))

    def _put_newer(self) -> None:
        changed = [
            dataclasses.replace(
                one, article_body=one.article_body + ".", date_fetched=one.date_fetched + (days(1) - days(0))
            )
            for one in random.sample(sorted(self.own.values(), key=lambda one: one.id), 5)
        ]
        self._put(changed)
        for one in changed:
            self.formers.setdefault(one.id, []).append(self.own[one.id].digest)
        self.own |= {one.id: one for one in changed}

    def _put_relations(self) -> None:
        """To articles that other crawls write at the same time."""
        seed = secrets.token_hex(32)
        found = random.sample(self._shared, 5)
        self._put([seen_by(one, seed) for one in found])
        for one in found:
            self.seeds[one.id].add(seed)

    def _forget(self) -> None:
        going = [one.id for one in self.own.values() if one.site == "goes.example"]
        for one in going:
            del self.own[one]
            self.formers.pop(one, None)
        self.deleted |= set(going)
        assert self._archive.delete(going) == len(going)


class Reader(threading.Thread):
    """Asks the alias all the time by plain elasticsearch-py: never an error, never too few."""

    def __init__(self, client: Elasticsearch, base: str, crawls: Sequence[Crawl], at_first: int) -> None:
        super().__init__()
        self._client = client
        self._alias = Names(base).read
        self._crawls = crawls
        self._at_first = at_first
        self._stopping = threading.Event()
        self.failure: BaseException | None = None
        self.asked = 0

    def run(self) -> None:
        try:
            while not self._stopping.is_set():
                at_least = self._at_first + sum(crawl.staying for crawl in self._crawls)
                self._client.indices.refresh(index=self._alias)
                query = {"terms": {"site": ["stays.example", "paper.example"]}}
                found = self._client.count(index=self._alias, query=query)["count"]
                assert found >= at_least, f"{found} of {at_least}"
                self.asked += 1
                time.sleep(0.01)
        except BaseException as error:
            self.failure = error

    def stop(self) -> None:
        self._stopping.set()
        self.join()
        if self.failure:
            raise self.failure


def check(client: Elasticsearch, base: str, crawls: Sequence[Crawl], shared: Sequence[Article]) -> None:
    """The archive holds what the crawls were told, and nothing else; a second index the same."""
    everything = kept(client, Names(base).write)
    found = {one: state for one, state in everything.items() if "@" not in one}
    assert kept(client, Names(base).read) == found
    assert found.keys() == {one.id for one in shared} | {one for crawl in crawls for one in crawl.own}
    for crawl in crawls:
        assert {one: found[one][1] for one in crawl.own} == {one.id: one.digest for one in crawl.own.values()}
        for one, texts in crawl.formers.items():
            assert [everything[f"{one}@{number}"][1] for number in range(len(texts))] == texts
    numbers = [len(texts) for crawl in crawls for texts in crawl.formers.values()]
    assert len(everything) == len(found) + sum(numbers)
    for one in shared:
        assert found[one.id][2] == set().union(*(crawl.seeds.get(one.id, ()) for crawl in crawls))
    indexes = client.indices.get_alias(index=Names(base).pattern).body
    assert all(kept(client, index) == everything for index in indexes)


def killed_and_done(url: str, base: str, command: str, kills: int, **options: Any) -> str:
    """Run the command again and again, killed so many times; what it says when it is done."""
    done = 0
    while done < kills:
        kill_at = random.randint(1, 8 * (done + 1))
        code, said = migrating.run(url, base, command, kill_at=kill_at, **options)
        if code != migrating.KILLED:
            return said
        done += 1
    code, said = migrating.run(url, base, command, **options)
    assert code == 0
    return said


def migrate_while_crawling(
    url: str, client: Elasticsearch, base: str, opened: Open, *, articles: int, kills: int
) -> None:
    """Forwards, back, forwards again and drop, each killed so often."""
    names = Names(base)
    first = opened()
    shared = fill(first, articles)
    crawls = [Crawl(opened(), shared[:50]) for _ in range(2)]
    reader = Reader(client, base, crawls, len(shared))
    with contextlib.ExitStack() as running:
        threads: list[Crawl | Reader] = [*crawls, reader]
        for thread in threads:
            thread.start()
            running.callback(thread.stop)
        steps = (("migrate", 2, kills), ("back", 1, kills), ("migrate", 2, 1), ("drop", 2, 1))
        for command, index, kills in steps:
            options = {"shards": 2} if command == "migrate" else {}
            said = killed_and_done(url, base, command, kills, **options)
            assert names.index(index) in said
            assert list(client.indices.get_alias(name=names.read).body) == [names.index(index)], said
            enough = sum(crawl.puts for crawl in crawls) + 20
            wait(lambda enough=enough: sum(crawl.puts for crawl in crawls) > enough)  # type: ignore[misc]
    assert list(client.indices.get_alias(index=names.pattern).body) == [names.index(2)]
    check(client, base, crawls, shared)
    assert reader.asked > 20


def wait(happened: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def test_nothing_is_lost_whenever_it_is_killed(
    elasticsearch_url: str, client: Elasticsearch, base: str, opened: Open
) -> None:
    migrate_while_crawling(elasticsearch_url, client, base, opened, articles=300, kills=5)


@pytest.mark.long
@pytest.mark.parametrize("_", range(10))
def test_nothing_is_lost_whenever_it_is_killed_long(
    elasticsearch_url: str, client: Elasticsearch, base: str, opened: Open, _: int
) -> None:
    migrate_while_crawling(elasticsearch_url, client, base, opened, articles=3000, kills=10)


def at_request(number: int, then: Callable[[], None], monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Do something before the request of that number is sent; a call gives the number of requests since."""
    perform = Transport.perform_request
    requests = itertools.count(1)
    done = threading.Event()

    def counted(self: Transport, *args: Any, **values: Any) -> Any:
        if not done.is_set() and next(requests) == number:
            done.set()
            then()
        return perform(self, *args, **values)

    monkeypatch.setattr(Transport, "perform_request", counted)
    return lambda: number if done.is_set() else next(requests) - 1


def test_a_put_sees_a_switch_at_each_of_its_requests(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two crawls give the same article relations while the indexes change places: it has all of them."""
    slow, other = opened(), opened()
    (one,) = fill(slow, 1)
    moving.migrate(always=True)
    expected: set[str] = set()

    def related(archive: ElasticArchive) -> None:
        seed = secrets.token_hex(32)
        assert outcomes(archive, seen_by(one, seed)) == ["unchanged"]
        expected.add(seed)

    def interfere() -> None:
        related(other)
        change_places(moving)
        related(other)

    for number in range(1, 9):
        with monkeypatch.context() as patch:
            reached = at_request(number, interfere, patch)
            related(slow)
            assert reached() == number
        found = kept(client, Names(base).read)
        assert found[one.id][2] == expected, number
        assert kept(client, moving.state().other) == found, number


def change_places(moving: Migration) -> None:
    """Let the other one of two indexes be read."""
    if moving.state().under_way:
        moving.migrate()
    else:
        moving.back()


def test_a_put_that_was_killed_is_mended(
    elasticsearch_url: str, client: Elasticsearch, base: str, opened: Open, moving: Migration, tmp_path: Path
) -> None:
    other = opened()
    filled = fill(other, 3)
    moving.migrate(always=True)
    for number in range(1, 9):
        newer = [
            dataclasses.replace(one, article_body=f"Text {number}.", date_fetched=days(number))
            for one in filled
        ]
        batch = [*newer, article(f"new {number}")]
        assert migrating.put(elasticsearch_url, base, tmp_path, batch, kill_at=number) == migrating.KILLED
        assert set(outcomes(other, newer[0])) <= {"stored", "unchanged"}
        change_places(moving)
        found = kept(client, Names(base).write)
        assert found[newer[0].id][1] == newer[0].digest
        assert kept(client, moving.state().other) == found, number
        assert set(outcomes(other, *batch)) <= {"stored", "unchanged"}
        for one in newer:
            texts = [revision.article_body for revision in other.revisions(one.id)]
            assert texts[1:] == [f"Text {earlier}." for earlier in range(1, number + 1)]
        kept_then = other.get_many([one.id for one in batch])
        assert {one: kept_then[one].digest for one in kept_then} == {one.id: one.digest for one in batch}
    assert kept(client, Names(base).write) == kept(client, moving.state().other)


def test_a_writer_that_takes_the_former_index_for_the_first_overwrites_nothing(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened()
    (one,) = fill(archive, 1)
    moving.migrate(always=True)
    assert outcomes(archive, one) == ["unchanged"]  # it knows the aliases now
    former, current = (Names(base).index(number) for number in (1, 2))
    rounds = itertools.count()

    def align_late(*args: Any) -> mirror.Aligned:
        if next(rounds) == 0:  # the archive has written the current index, and not yet the former one
            for _ in range(2):
                source = client.get(index=former, id=one.id)["_source"]
                client.index(index=former, id=one.id, document=source)
                mirror.align(client, former, current, [one.id])
        return mirror.align(*args)

    monkeypatch.setattr(writer, "align", align_late)
    assert outcomes(archive, seen_by(one, "5" * 64)) == ["unchanged"]
    assert next(rounds) > 1
    found = kept(client, current)
    assert found[one.id][2] == {"5" * 64}
    assert kept(client, former) == found


def test_more_shards(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, elasticsearch_url: str
) -> None:
    archive = opened()
    articles = fill(archive, 30)
    said: list[str] = []
    moving = Migration(client, Address.parse(f"{elasticsearch_url}/{base}"), said.append)
    v1, v2 = (Names(base).index(number) for number in (1, 2))
    advice = "scrapy archive migrate --back returns to it, --drop deletes it"
    kept_also = f"; the former index {v1} is kept up to date: {advice}"

    assert (
        moving.migrate()
        == moving.migrate(shards=1)
        == f"{v1} is up to date (schema version {SCHEMA_VERSION})"
    )
    assert moving.migrate(shards=3) == f"{v2} is read and written now: 30 articles{kept_also}"
    assert said == [
        f"{v1} -> {v2}: both are written to from now on",
        "copied 30 articles",
        "compared 30 articles: 0 to bring over",
    ]
    assert client.indices.get_settings(index=v2)[v2]["settings"]["index"]["number_of_shards"] == "3"
    assert moving.migrate(shards=3) == f"{v2} is up to date (schema version {SCHEMA_VERSION}){kept_also}"
    assert archive.get_many([one.id for one in articles]) == {one.id: one for one in articles}

    with pytest.raises(ArchiveError, match=f"^the former index {v1} is still kept; {advice}; then migrate"):
        moving.migrate(shards=4)
    assert moving.drop() == f"deleted {v1}; {v2} is read and written"
    with pytest.raises(ArchiveError, match=f"^there is only {v2}; nothing to drop$"):
        moving.drop()
    with pytest.raises(ArchiveError, match=f"^there is only {v2}; nothing to go back to$"):
        moving.back()


def test_back_and_on_again(client: Elasticsearch, base: str, opened: Open, moving: Migration) -> None:
    archive = opened()
    fill(archive, 3)
    v1, v2, v3 = (Names(base).index(number) for number in (1, 2, 3))
    moving.migrate(shards=2)
    one = article("written to the second")
    assert outcomes(archive, one) == ["stored"]
    assert moving.back().startswith(f"{v1} is read and written now: 4 articles; the next index {v2} is kept")
    assert archive.get(one.id) == one
    with pytest.raises(
        ArchiveError, match=f"^{v1} is read, and none is kept before it; the next index {v2} is kept up"
    ):
        moving.back()
    with pytest.raises(
        ArchiveError, match=f"^a migration to {v2} is under way, to 2 shards, not 5; scrapy archive"
    ):
        moving.migrate(shards=5)
    moving.drop()
    assert moving.migrate(always=True).startswith(f"{v3} is read")  # a name never comes again


def test_there_must_be_an_archive(moving: Migration, client: Elasticsearch, base: str) -> None:
    for command in (moving.migrate, moving.back, moving.drop):
        with pytest.raises(
            ArchiveError, match="^there is no archive at http://.* yet; a first crawl makes it"
        ):
            command()
    client.indices.create(index=Names(base).index(4), mappings={})
    with pytest.raises(
        ArchiveError, match=f"yet; give one of {base}-articles-v4 the aliases {base}-articles and"
    ):
        moving.migrate()


def test_an_interrupted_drop_goes_on(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, elasticsearch_url: str
) -> None:
    fill(opened(), 3)
    moving.migrate(always=True)
    said = ""
    for number in range(1, 20):
        code, said = migrating.run(elasticsearch_url, base, "drop", kill_at=number)
        if code == 0:
            break
    with contextlib.suppress(ArchiveError):  # it was done by the last one that was killed
        moving.drop()
    assert said
    assert list(client.indices.get_alias(index=Names(base).pattern).body) == [Names(base).index(2)]


def test_another_schema(
    client: Elasticsearch, base: str, opened: Open, elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = opened()
    articles = fill(older, 300)
    v1, v2 = (Names(base).index(number) for number in (1, 2))
    with monkeypatch.context() as patch:
        migrating.be_newer(patch)
        version = SCHEMA_VERSION
        with pytest.raises(
            ArchiveError,
            match=f"is in schema version {version}, this program uses version {version + 1}; use",
        ):
            opened()
    crawl = Crawl(older, articles)
    crawl.start()
    assert f"{v2} is read and written now" in killed_and_done(
        elasticsearch_url, base, "migrate", 3, newer=True
    )
    wait(lambda: not crawl.is_alive())
    assert "spool" in str(crawl.failure)  # the older crawl goes on into its spool
    late = article("late")
    assert outcomes(older, late) == ["spooled"]
    with pytest.raises(
        ArchiveError,
        match=f"^{v2} is in schema version {SCHEMA_VERSION + 1}, newer than this program's {SCHEMA_VERSION};",
    ):
        Migration(client, Address.parse(f"{elasticsearch_url}/{base}")).migrate()

    with monkeypatch.context() as patch:
        migrating.be_newer(patch)
        newer = opened()
        wait(lambda: newer.spooled == 0)
        assert newer.get(late.id) == late
        assert newer.get_many([one.id for one in articles]).keys() == {one.id for one in articles}
        client.indices.refresh(index=v2)
        counted = client.count(index=v2, query={"exists": {"field": "words"}})["count"]
        assert counted >= len(articles)
        assert outcomes(newer, article("new")) == ["stored"]
        newer.close()
        refusal = f"^{v1} does not take .* articles?, such as https://.*words.*; nothing was switched"
        with pytest.raises(ArchiveError, match=refusal):
            Migration(client, Address.parse(f"{elasticsearch_url}/{base}")).back()


def test_an_article_that_the_next_index_refuses(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened()
    fill(archive, 10)
    bad = article("bad", publisher="The Paper")
    assert outcomes(archive, bad) == ["stored"]
    monkeypatch.setitem(schema._FIELDS, "publisher", ({"type": "integer"}, "a number"))
    v1, v2 = (Names(base).index(number) for number in (1, 2))
    for _ in range(2):
        with pytest.raises(
            ArchiveError,
            match=rf"^{v2} does not take 1 article, such as {bad.url} \(document_parsing_exception: "
            r".*publisher.*\); nothing was switched; mend what it names and say the same again, or scrapy "
            "archive migrate --drop$",
        ):
            moving.migrate(always=True)
        assert list(client.indices.get_alias(name=Names(base).read).body) == [v1]
    assert outcomes(archive, seen_by(bad, "5" * 64)) == ["unchanged"]  # crawls go on
    archive.delete([bad.id])
    assert f"{v2} is read and written now: 10 articles" in moving.migrate()


def test_what_is_refused_at_the_last_moment_is_a_dead_letter(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = opened()
    fill(archive, 3)
    bad = article("bad", publisher="The Paper")
    monkeypatch.setitem(schema._FIELDS, "publisher", ({"type": "integer"}, "a number"))
    agree = moving._agree

    def put_then(state: indexes.State) -> int:
        count = agree(state)
        assert outcomes(archive, bad) == ["refused"]
        return count

    monkeypatch.setattr(moving, "_agree", put_then)
    assert "-v2 is read" in moving.migrate(always=True)
    assert archive.dead_letters == 1


def test_a_server_that_is_busy_for_a_while(
    client: Elasticsearch, base: str, opened: Open, elasticsearch_url: str
) -> None:
    fill(opened(), 300)
    v2 = Names(base).index(2)

    def block(blocked: bool) -> None:
        client.indices.put_settings(
            index=v2, settings={"index.blocks.read_only_allow_delete": blocked or None}
        )

    timers: list[threading.Timer] = []

    def busy(line: str) -> None:
        if "from now on" in line:
            block(True)
            timers.append(threading.Timer(1, block, [False]))
            timers[0].start()

    moving = Migration(client, Address.parse(f"{elasticsearch_url}/{base}"), busy)
    assert f"{v2} is read and written now: 300 articles" in moving.migrate(always=True)
    timers[0].join()


def test_what_the_second_index_cannot_take_now_is_not_acknowledged_as_stored(
    client: Elasticsearch, base: str, opened: Open, moving: Migration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "RETRY_SECONDS", 0.5)
    archive = opened()
    (one,) = fill(archive, 1)
    moving.migrate(always=True)
    v1 = Names(base).index(1)
    client.indices.put_settings(index=v1, settings={"index.blocks.write": True})
    assert outcomes(archive, article("new")) == ["spooled"]
    client.indices.put_settings(index=v1, settings={"index.blocks.write": None})
    wait(lambda: archive.spooled == 0)
    client.indices.put_settings(index=v1, settings={"index.blocks.write": True})
    with pytest.raises(ArchiveAway, match="FORBIDDEN/8/index write"):
        archive.delete([one.id])
    client.indices.put_settings(index=v1, settings={"index.blocks.write": None})
    wait(lambda: archive.spooled == 0)


def test_a_killed_server(new_node: Callable[..., Node], base: str, opened: Open) -> None:
    node = new_node()
    archive = opened(node.url)
    articles = fill(archive, 300)
    threads: list[threading.Thread] = []

    def crash(line: str) -> None:
        if "from now on" in line:
            node.kill()
            threads.append(threading.Thread(target=node.start))
            threads[0].start()

    with Elasticsearch(node.url) as client:
        moving = Migration(client, Address.parse(f"{node.url}/{base}"), crash)
        assert "-v2 is read and written now: 300 articles" in moving.migrate(always=True)
        threads[0].join()
        assert kept(client, moving.state().current) == kept(client, moving.state().other)
    assert archive.get_many([one.id for one in articles]).keys() == {one.id for one in articles}


def test_a_server_that_stays_away(
    client: Elasticsearch, base: str, opened: Open, monkeypatch: pytest.MonkeyPatch, elasticsearch_url: str
) -> None:
    monkeypatch.setattr(indexes, "PATIENCE", 0.5)
    fill(opened(), 3)
    with Gate(elasticsearch_url) as gate, Elasticsearch(gate.url, max_retries=0) as through:
        moving = Migration(through, Address.parse(f"{gate.url}/{base}"), lambda line: gate.shut())
        with pytest.raises(
            ArchiveAway, match=r"cannot be reached \(.*\); start it, or .*; nothing is lost, the same"
        ):
            moving.migrate(always=True)
        gate.open()
        assert "-v2 is read" in Migration(through, Address.parse(f"{gate.url}/{base}")).migrate()


def test_rebuild(client: Elasticsearch, base: str, opened: Open, elasticsearch_url: str) -> None:
    archive = opened()
    fill(archive, 30)
    assert archive.rebuild_index() == 30
    v2, v3 = (Names(base).index(number) for number in (2, 3))
    assert list(client.indices.get_alias(index=Names(base).pattern).body) == [v2]
    assert migrating.run(elasticsearch_url, base, "migrate", kill_at=14, always=True)[0] == migrating.KILLED
    assert (
        f"{v3} is read and written now: 30 articles" in migrating.run(elasticsearch_url, base, "migrate")[1]
    )
