"""The texts of the sample web: enough of them, long enough, and each its own."""

import itertools
import re
import shutil
import unicodedata
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.sample_outlets import FOLDER, Outlet, Post, SampleDataError, load, slugify

FIRST, LAST = datetime(2022, 8, 1, tzinfo=UTC), datetime(2022, 10, 16, tzinfo=UTC)
HARD_NEGATIVE = re.compile(
    r"ulchi|typhoon|kharkiv|zaporizhzhia|mobilisation|nord-stream|covid|missile|chip|gorbachev|congress"
)


@pytest.fixture(scope="module")
def outlets() -> list[Outlet]:
    return load()


@pytest.fixture(scope="module")
def posts(outlets: list[Outlet]) -> list[tuple[Outlet, Post]]:
    return [(outlet, post) for outlet in outlets for post in outlet.posts]


def test_enough_outlets_languages_and_articles(posts: list[tuple[Outlet, Post]]) -> None:
    assert len({outlet.host for outlet, _ in posts}) >= 10
    assert len({outlet.language for outlet, _ in posts}) >= 8
    count = Counter(post.related for _, post in posts)
    assert count.keys() == {"story", "neighbour", "no"}
    assert count["story"] + count["neighbour"] >= 30
    assert count["no"] >= 60
    hard = [post for _, post in posts if post.related == "no" and HARD_NEGATIVE.search(post.topic)]
    assert len(hard) >= count["no"] / 2


def test_every_text_is_long_enough(posts: list[tuple[Outlet, Post]]) -> None:
    for outlet, post in posts:
        text = "".join(post.paragraphs)
        length = (
            len(re.sub(r"\s", "", text))
            if outlet.language == "ja"
            else len(" ".join(post.paragraphs).split())
        )
        assert length >= (400 if outlet.language == "ja" else 120), f"{outlet.host}/{post.slug}: {length}"


def test_every_article_is_complete(posts: list[tuple[Outlet, Post]]) -> None:
    for outlet, post in posts:
        where = f"{outlet.host}/{post.slug}"
        assert FIRST <= post.published.astimezone(UTC) <= LAST, where
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", post.slug), where
        assert post.headline, where
        assert post.keywords, where
        assert bool(post.caption) == bool(post.credit), where
        assert len(post.paragraphs) >= 3, where
        text = "\n\n".join(post.paragraphs)
        assert post.description not in text, where
        assert text == unicodedata.normalize("NFC", text), where
        assert post.modified is None or post.modified > post.published, where
    slugs = Counter((outlet.host, post.slug) for outlet, post in posts)
    assert max(slugs.values()) == 1


def _shingles(outlet: Outlet, post: Post) -> set[str]:
    """Four words in a row; eight characters where words are not written apart."""
    text = " ".join(post.paragraphs).lower()
    if outlet.language == "ja":
        run = re.sub(r"\W", "", text)
        return {run[start : start + 8] for start in range(len(run) - 7)}
    words = re.findall(r"\w+", text)
    return {" ".join(words[start : start + 4]) for start in range(len(words) - 3)}


def test_texts_share_nothing_but_where_the_data_says_so(posts: list[tuple[Outlet, Post]]) -> None:
    marked = [(f"{o.host}/{p.slug}", p.copy_of or f"{o.host}/{p.slug}", _shingles(o, p)) for o, p in posts]
    for (name, origin, mine), (other, other_origin, theirs) in itertools.combinations(marked, 2):
        overlap = len(mine & theirs) / min(len(mine), len(theirs))
        if origin == other_origin:
            assert overlap > 0.5, (name, other, overlap)
        else:
            assert overlap < 0.05, (name, other, overlap)


def test_copies_and_translations_name_an_article(posts: list[tuple[Outlet, Post]]) -> None:
    known = {f"{outlet.host}/{post.slug}": (outlet, post) for outlet, post in posts}
    copies = [post for _, post in posts if post.copy_of]
    assert (
        Counter(post.copy_of for post in copies).most_common(1)[0][1] >= 2
    )  # with the original: three outlets
    for outlet, post in posts:
        if post.copy_of:
            assert known[post.copy_of][0].language == outlet.language
            assert known[post.copy_of][1].published < post.published
            assert post.credit_line
        if post.translation_of:
            assert known[post.translation_of][0].language != outlet.language
    assert sum(bool(post.translation_of) for _, post in posts) >= 2


def test_a_bare_no_is_read_as_no(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    file = folder / "outlets" / "wire.example.yml"
    file.write_text(
        file.read_text(encoding="utf-8").replace('related: "no"', "related: no"), encoding="utf-8"
    )
    wire = next(outlet for outlet in load(folder) if outlet.host == "wire.example")
    assert {post.related for post in wire.posts} == {"story", "neighbour", "no"}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "host: wire.example",
            "host: other.example",
            r"wire\.example\.yml: host 'other\.example' has no entry",
        ),
        ("    topic: opec-output-cut\n", "", r"wire\.example\.yml: article 'oil-producers.*'topic'"),
        ("2022-10-05T19:25:00+01:00", "2022-10-05T19:25:00", r"time without a zone"),
        ("articles:", "articles: [", r"wire\.example\.yml: .*mend the file"),
    ],
)
def test_bad_data_is_named(tmp_path: Path, old: str, new: str, message: str) -> None:
    folder = _copy(tmp_path)
    file = folder / "outlets" / "wire.example.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(SampleDataError, match=message):
        load(folder)


def _copy(tmp_path: Path) -> Path:
    folder = tmp_path / "sample-web"
    shutil.copytree(FOLDER, folder)
    return folder


@given(st.text())
def test_a_slug_fits_an_address(text: str) -> None:
    slug = slugify(text)
    assert re.fullmatch(r"[a-z0-9]*(-[a-z0-9]+)*", slug)
    assert slugify(slug) == slug
