"""Former revisions in Elasticsearch: a put killed between its writes, an archive of the former schema."""

import asyncio
import dataclasses
import secrets
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch

from archive import open_archive
from archive.article import Article
from archive.base import Archive, PutResult
from archive.elastic import schema
from archive.elastic.address import Address
from archive.elastic.documents import document
from archive.elastic.migration import Migration
from archive.errors import ArchiveError
from archive.query import parse_query
from tests.archive.elastic import migrating
from tests.archive.samples import article, days

NEW_FIELDS = ("revision", "changes", "date_revised", "date_unpublished", "valid_until", "previous")


@pytest.fixture
def url(elasticsearch_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of an archive that is not there yet."""
    migrating.analyse_simply(monkeypatch)
    base = f"formers-{secrets.token_hex(4)}"
    yield f"{elasticsearch_url}/{base}"
    with Elasticsearch(elasticsearch_url) as client:
        for index in client.indices.get_alias(index=f"{base}-articles-v*").body:
            client.indices.delete(index=index)
        client.indices.delete_index_template(name=f"{base}-articles")
        client.cluster.delete_component_template(name=f"{base}-articles-schema,{base}-articles-settings")


def put(archive: Archive, one: Article) -> PutResult:
    (result,) = asyncio.run(archive.put([one]))
    return result


def texts(archive: Archive, words: str) -> list[str]:
    return [hit.article.article_body for hit in archive.search(parse_query(words)).hits]


def test_a_put_that_is_killed_loses_and_doubles_no_revision(
    url: str, elasticsearch_url: str, tmp_path: Path
) -> None:
    base = url.rpartition("/")[2]
    with closing(open_archive(url, tmp_path)) as archive:
        put(archive, article(body="Text 0."))
        for number, kill_at in enumerate((5, 6), 1):  # at the write of the former text, at the last look
            newer = article(body=f"Text {number}.", date_fetched=days(number))
            code = migrating.put(elasticsearch_url, base, tmp_path, [newer], kill_at=kill_at)
            assert code == migrating.KILLED
            before = [one.article_body for one in archive.revisions(newer.id)]
            assert before in ([f"Text {n}." for n in range(count)] for count in (number, number + 1))
            assert put(archive, newer).revision == number
            assert [one.article_body for one in archive.revisions(newer.id)] == [
                f"Text {n}." for n in range(number + 1)
            ]
        assert archive.count() == 1
        assert [texts(archive, f"as_of:2022-09-0{day}") for day in range(1, 4)] == [
            [f"Text {n}."] for n in range(3)
        ]


def test_an_archive_of_the_former_schema_is_migrated(
    url: str, elasticsearch_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = Address.parse(url)
    one = article(body="A zebra.")
    with Elasticsearch(elasticsearch_url) as client:
        with monkeypatch.context() as older:
            older.setattr(schema, "SCHEMA_VERSION", 1)
            for name in NEW_FIELDS:
                older.delitem(schema._FIELDS, name)
            names = schema.Names(address.base)
            index = schema.create_index(client, address.base, aliases={names.read: {}, names.write: {}})
        record = {name: value for name, value in document(one).items() if name not in NEW_FIELDS}
        client.index(index=index, id=one.id, document=record)
        with pytest.raises(ArchiveError, match="use scrapy archive migrate"):
            open_archive(url, tmp_path)
        Migration(client, address).migrate()
        assert put_and_search(url, tmp_path, one) == (["A zebra."], ["A gnu."])
        counted = client.count(index=names.read)["count"], client.count(index=names.write)["count"]
        assert counted == (1, 2), "whoever reads the alias sees articles"


def put_and_search(url: str, folder: Path, one: Article) -> tuple[list[str], list[str]]:
    """Revise it; what stood on the first day, and what stands."""
    with closing(open_archive(url, folder)) as archive:
        assert archive.get(one.id) == one
        newer = dataclasses.replace(one, article_body="A gnu.", date_fetched=days(2))
        assert put(archive, newer).revision == 1
        return texts(archive, "as_of:2022-09-01 *"), texts(archive, "*")
