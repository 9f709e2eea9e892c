"""Copies from archive to archive, of both kinds, and what stands in their way."""

import asyncio
import secrets
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from hypothesis import given
from hypothesis import strategies as st

from archive import copying, open_archive
from archive.article import Article, CopyOf, Image, RawPage, Relation
from archive.base import Archive, PutResult
from archive.copying import Copied, copy
from archive.elastic import writer
from archive.elastic.address import Credentials
from archive.elastic.archive import ElasticArchive
from archive.elastic.schema import SCHEMA_VERSION
from archive.errors import ArchiveAway, ArchiveFull

from .elastic.tls_proxy import TlsProxy
from .samples import article, days

Opener = Callable[[str], Archive]


@pytest.fixture(scope="module")
def one_base(elasticsearch_url: str) -> Iterator[str]:
    """A base name of this module's own; its index is made once, which takes seconds on a busy machine."""
    name = f"copying-{secrets.token_hex(4)}"
    yield name
    with Elasticsearch(elasticsearch_url) as client:
        client.indices.delete(index=f"{name}-articles-v1")
        client.indices.delete_index_template(name=f"{name}-articles")
        client.cluster.delete_component_template(name=f"{name}-articles-schema,{name}-articles-settings")


@pytest.fixture
def base(elasticsearch_url: str, one_base: str, tmp_path: Path) -> Iterator[str]:
    """The base name of an archive that is there and holds no article."""
    opened = open_archive(f"{elasticsearch_url}/{one_base}", tmp_path / "base")
    opened.delete([one.id for one in opened.iterate()])
    yield one_base
    opened.close()


@pytest.fixture
def archive(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Opener]:
    """Opens archives: `archive("embedded")`, `archive("elasticsearch")` or `archive("embedded:other")`."""
    opened: list[Archive] = []

    def make(kind: str) -> Archive:
        url = "embedded:"
        if kind == "elasticsearch":
            url = "{}/{}".format(*map(request.getfixturevalue, ("elasticsearch_url", "base")))
        opened.append(open_archive(url, tmp_path / kind.replace(":", "-")))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def rich_article(number: int) -> Article:
    """An article that has a value in most fields."""
    return article(
        f"{number}",
        body=f"Ein Text über Raketen, Nummer {number}. \U0001f680 北朝鮮",
        in_language=("de", "ja", "eo", "")[number % 4],
        authors=["Ann O'Neil"],
        images=[Image(url="https://paper.example/a.jpg", caption="Start", credit="Agency")],
        raw=RawPage(file="pages.warc.gz", offset=number, sha256="0" * 64),
        fingerprint=[number, 2**63 + number, 2**64 - 1],
        copy_of=CopyOf(article_id="b" * 64, url="https://b.example/", overlap=0.9)
        if number % 5 == 0
        else None,
        relations=[relation("c")],
        date_published=days(number) if number % 3 else None,
    )


def relation(seed: str) -> Relation:
    return Relation(seed=seed * 64, score=0.7, rank=1.4, kind="same-language", related=True)


def put(archive: Archive, *articles: Article) -> None:
    assert {result.outcome for result in asyncio.run(archive.put(articles))} <= {"stored"}


@pytest.mark.parametrize(
    ("source", "target"),
    [("embedded", "embedded:other"), ("embedded", "elasticsearch"), ("elasticsearch", "embedded")],
)
def test_all_arrive_whole_and_a_second_run_changes_nothing(
    archive: Opener, source: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(copying, "BATCH", 10)
    monkeypatch.setattr(copying, "REPORT_SECONDS", 0)
    here, there = archive(source), archive(target)
    articles = {one.id: one for one in map(rich_article, range(25))}
    put(here, *articles.values())
    lines: list[str] = []
    copied = copy(here, there, lines.append)
    assert copied == Copied(counts=copied.counts, verified=25)
    assert copied.counts == {"stored": 25}
    assert copied.complete
    assert {one.id: one for one in there.iterate()} == articles
    assert [line.split(",")[0] for line in lines] == [
        f"{verb} {done} of 25 articles" for verb in ("copied", "verified") for done in (10, 20, 25)
    ]
    again = copy(here, there)
    assert again.complete
    assert again.counts == {"unchanged": 25}
    assert {one.id: one for one in there.iterate()} == articles


@pytest.mark.parametrize("target", ["embedded:other", "elasticsearch"])
def test_what_the_target_has_already(archive: Opener, target: str) -> None:
    here, there = archive("embedded"), archive(target)
    ours = [article(slug, relations=[relation("a")], date_fetched=days(2)) for slug in ("same", "old", "new")]
    put(here, *ours)
    same = replace(ours[0], relations=[relation("b")])
    old = replace(ours[1], article_body="As it was before.", date_fetched=days(1))
    new = replace(ours[2], article_body="As it is today.", date_fetched=days(3))
    put(there, same, old, new, article("of its own"))
    copied = copy(here, there)
    assert copied.counts == {"unchanged": 1, "stored": 1, "older": 1}
    assert copied.complete
    assert copied.verified == 3
    kept = there.get_many([one.id for one in ours])
    assert {one.seed[0] for one in kept[same.id].relations} == {"a", "b"}
    assert kept[old.id].article_body == ours[1].article_body
    assert kept[new.id] == new
    assert there.count() == 4


@pytest.mark.parametrize("target", ["embedded:other", "elasticsearch"])
def test_former_revisions_come_along(archive: Opener, target: str) -> None:
    here, there = archive("embedded"), archive(target)
    first = article("a")
    put(here, first, replace(first, date_fetched=days(1), article_body="Two."))
    asyncio.run(here.put([replace(first, date_fetched=days(2), article_body="Two.")]))
    (kept,) = here.iterate()
    put(here, replace(kept, date_unpublished=days(4)), article("b"))
    copied = copy(here, there)
    assert (copied.counts, copied.revisions, copied.complete) == ({"stored": 2}, 2, True)
    assert there.revisions(first.id) == here.revisions(first.id)
    assert copy(here, there).counts == {"unchanged": 2}
    assert there.revisions(first.id) == here.revisions(first.id)


def test_an_empty_archive(archive: Opener) -> None:
    copied = copy(archive("embedded"), archive("embedded:other"))
    assert copied == Copied()
    assert copied.complete


def test_what_the_target_refuses_is_missing(archive: Opener, elasticsearch_url: str, tmp_path: Path) -> None:
    base = f"copying-{secrets.token_hex(4)}"
    number = {"_meta": {"schema_version": SCHEMA_VERSION}, "properties": {"publisher": {"type": "integer"}}}
    here = archive("embedded")
    articles = [article(f"{number}", publisher="12" if number else "Tagblatt") for number in range(4)]
    put(here, *articles)
    with Elasticsearch(elasticsearch_url) as client:
        aliases: dict[str, dict[str, str]] = {f"{base}-articles": {}, f"{base}-articles-write": {}}
        client.indices.create(index=f"{base}-articles-v1", mappings=number, aliases=aliases)
        try:
            with closing(open_archive(f"{elasticsearch_url}/{base}", tmp_path)) as there:
                copied = copy(here, there)
        finally:
            client.indices.delete(index=f"{base}-articles-v1")
    assert copied.counts == {"stored": 3, "refused": 1}
    assert not copied.complete
    assert (copied.verified, copied.missing) == (3, 1)
    assert copied.examples == copied.refused
    assert "failed to parse field [publisher]" in copied.refused[articles[0].id]


def test_what_is_not_there_after_all_is_missing(archive: Opener) -> None:
    here, there = archive("embedded"), archive("embedded:other")

    class Forgetful:
        """Stores the first article, half of the others with another text, and says it stored all."""

        count = staticmethod(there.count)
        get_many = staticmethod(there.get_many)

        @staticmethod
        async def put(batch: list[Article]) -> list[PutResult]:
            await there.put([batch[0], *(replace(one, article_body="Not this.") for one in batch[1::2])])
            return [PutResult(one.id, "stored") for one in batch]

    put(here, *map(rich_article, range(8)))
    copied = copy(here, Forgetful())  # type: ignore[arg-type]
    assert not copied.complete
    assert (copied.verified, copied.missing) == (1, 7)
    assert list(copied.examples) == [one.id for one in here.iterate()][1:4]
    assert list(copied.examples.values()) == ["another text", "not there", "another text"]


class TestServerAway:
    """A server behind a proxy that can be told to answer 503."""

    @pytest.fixture
    def proxy(self, elasticsearch_url: str) -> Iterator[TlsProxy]:
        with TlsProxy(elasticsearch_url) as proxy:
            yield proxy

    @pytest.fixture(autouse=True)
    def quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(writer, "RETRY_SECONDS", 0.3)
        monkeypatch.setattr(copying, "BATCH", 5)

    def target(self, proxy: TlsProxy, base: str, state: Path, **options: int) -> ElasticArchive:
        credentials = Credentials(ca_certs=proxy.ca_file)
        opened = open_archive(proxy.archive_url(base), state, credentials=credentials, **options)  # type: ignore[arg-type]
        assert isinstance(opened, ElasticArchive)
        return opened

    def test_in_the_middle(self, proxy: TlsProxy, base: str, archive: Opener, tmp_path: Path) -> None:
        here = archive("embedded")
        articles = {one.id: one for one in map(rich_article, range(20))}
        put(here, *articles.values())
        there = self.target(proxy, base, tmp_path)
        copied = copy(_Source(here, proxy, healthy=11), there)  # type: ignore[arg-type]
        assert copied.counts == {"stored": 10, "spooled": 5}
        assert not copied.complete
        assert there.spooled == 5
        there.close()
        proxy.status = 0
        there = self.target(proxy, base, tmp_path)
        again = copy(here, there)
        assert again.complete
        assert again.counts["unchanged"] >= 10
        assert again.verified == again.counts.total() == 20
        assert {one.id: one for one in there.iterate()} == articles
        there.close()

    def test_from_the_start(self, proxy: TlsProxy, base: str, archive: Opener, tmp_path: Path) -> None:
        here = archive("embedded")
        put(here, article())
        self.target(proxy, base, tmp_path).close()
        proxy.status = 503
        there = self.target(proxy, base, tmp_path)
        with pytest.raises(ArchiveAway):
            copy(here, there)
        assert there.spooled == 0
        there.close()

    def test_with_a_spool_that_is_full(
        self, proxy: TlsProxy, base: str, archive: Opener, tmp_path: Path
    ) -> None:
        here = archive("embedded")
        put(here, *map(rich_article, range(20)))
        there = self.target(proxy, base, tmp_path, spool_max_size=100)
        with pytest.raises(ArchiveFull, match="is full"):
            copy(_Source(here, proxy, healthy=7), there)  # type: ignore[arg-type]
        there.close()


class _Source:
    """The archive; after so many of its articles the target's server goes away."""

    def __init__(self, archive: Archive, proxy: TlsProxy, *, healthy: int) -> None:
        self._archive, self._proxy, self._healthy = archive, proxy, healthy

    def count(self) -> int:
        return self._archive.count()

    def iterate(self) -> Iterator[Article]:
        for number, one in enumerate(self._archive.iterate()):
            self._proxy.status = 503 if number >= self._healthy else 0
            yield one


@given(st.lists(st.integers(0, 12)))
def test_batches_are_bounded_by_number_and_length(lengths: list[int]) -> None:
    articles = [article(f"{number}", body="x" * length) for number, length in enumerate(lengths)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copying, "BATCH", 4)
        patch.setattr(copying, "BATCH_CHARACTERS", 10)
        batches = list(copying._batches(iter(articles)))
    assert [one for batch in batches for one in batch] == articles
    for batch in batches:
        assert 1 <= len(batch) <= 4
        assert len(batch) == 1 or sum(len(one.article_body) for one in batch) <= 10
    for batch, following in pairwise(batches):  # none is cut for nothing
        size = sum(len(one.article_body) for one in [*batch, following[0]])
        assert len(batch) == 4 or size > 10
