import dataclasses
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import ACCESS_VALUES, Article, Change, ChangeKind, CopyOf, Image, RawPage, Relation
from tests.archive.samples import article, days

times = st.datetimes(
    min_value=datetime(1000, 1, 2),  # noqa: DTZ001
    max_value=datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.just(UTC),
)
names = st.lists(st.text(max_size=5), max_size=3)
relations = st.builds(
    Relation,
    seed=st.text("0123456789abcdef", min_size=64, max_size=64),
    score=st.floats(0, 10),
    rank=st.floats(0, 10),
    kind=st.sampled_from(["same-language", "other-language"]),
    related=st.booleans(),
    days_apart=st.none() | st.floats(0, 1000),
    evidence=st.dictionaries(st.sampled_from(["names", "places", "numbers", "words"]), names),
)
articles = st.builds(
    Article,
    id=st.text(max_size=5),
    url=st.text(max_size=20),
    headline=st.text(max_size=20),
    article_body=st.text(max_size=100),
    authors=names,
    images=st.lists(st.builds(Image, caption=st.text(max_size=5)), max_size=2),
    access=st.sampled_from(ACCESS_VALUES),
    is_accessible_for_free=st.none() | st.booleans(),
    date_published=st.none() | times,
    date_modified=st.none() | times,
    date_fetched=times,
    raw=st.none()
    | st.builds(RawPage, file=st.text(max_size=5), offset=st.integers(0), sha256=st.text(max_size=5)),
    fingerprint=st.lists(st.integers(0, 2**64 - 1), max_size=5),
    copy_of=st.none() | st.builds(CopyOf, article_id=st.text(), url=st.text(), overlap=st.floats(0, 1)),
    relations=st.lists(relations, max_size=3),
    revision=st.integers(0, 9),
    changes=st.lists(
        st.builds(Change, kind=st.sampled_from(get_args(ChangeKind)), after=st.text(max_size=5))
    ),
    date_revised=st.none() | times,
    date_unpublished=st.none() | times,
)


@given(articles)
def test_dict_and_back(one: Article) -> None:
    record = json.loads(json.dumps(one.to_dict()))
    assert Article.from_dict(record) == one
    assert Article.from_dict(record).digest == one.digest


def test_times_are_iso_8601_in_utc() -> None:
    local = datetime(2022, 9, 8, 6, 29, 7, tzinfo=timezone(timedelta(hours=2)))
    record = article(date_published=local).to_dict()
    assert record["date_published"] == "2022-09-08T04:29:07+00:00"
    assert Article.from_dict(record).date_published == local


def test_missing_keys_take_their_default_and_unknown_ones_are_an_error() -> None:
    one = Article.from_dict({"id": "a", "url": "b", "date_fetched": None, "images": None})
    assert (one.headline, one.images, one.raw, one.copy_of) == ("", [], None, None)
    assert one.date_fetched.tzinfo is not None
    with pytest.raises(TypeError):
        Article.from_dict({"id": "a", "url": "b", "colour": "red"})


CHANGES: list[tuple[dict[str, Any], bool]] = [
    ({"headline": "New"}, True),
    ({"description": "New"}, True),
    ({"article_body": "New"}, True),
    ({"authors": ["New"]}, True),
    ({"date_published": days(1)}, True),
    ({"date_modified": days(1)}, True),
    ({"access": "teaser"}, True),
    ({"url": "https://new.example/"}, True),
    ({"date_unpublished": days(1)}, True),
    ({"date_fetched": days(1)}, False),
    ({"date_revised": days(1), "revision": 1}, False),
    ({"relations": [Relation(seed="s", score=1, rank=1, kind="same-language", related=True)]}, False),
    ({"copy_of": CopyOf(article_id="a", url="b", overlap=1)}, False),
    ({"raw": RawPage(file="a", offset=0, sha256="b")}, False),
    ({"source": "New"}, False),
]


@pytest.mark.parametrize(("change", "other"), CHANGES)
def test_digest_is_of_what_the_outlet_published(change: dict[str, Any], other: bool) -> None:
    one = article()
    assert (dataclasses.replace(one, **change).digest != one.digest) is other


def test_digest_of_text_that_is_no_unicode() -> None:
    assert len(article(body="half \ud83d").digest) == 64


def test_relation_to() -> None:
    relation = Relation(seed="s", score=1, rank=1, kind="same-language", related=True)
    one = article(relations=[relation])
    assert one.relation_to("s") == relation
    assert one.relation_to("t") is None
