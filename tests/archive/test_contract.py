"""What every archive does, whatever is behind it. Another back end joins by the fixture `archive`."""

import asyncio
import dataclasses
import itertools
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from elasticsearch import Elasticsearch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive import open_archive
from archive.article import Article, CopyOf, RawPage, Relation
from archive.base import HIGHLIGHT_END, HIGHLIGHT_START, Archive, PutResult, SearchResult
from archive.errors import BadQuery
from archive.query import parse_query
from tests.archive.samples import article, days


@pytest.fixture(scope="session")
def on_elasticsearch(elasticsearch_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """One archive for all tests of this module: to make an index takes seconds."""
    base = f"contract-{secrets.token_hex(4)}"
    opened = open_archive(f"{elasticsearch_url}/{base}", tmp_path_factory.mktemp("contract"))
    yield opened
    opened.close()
    Elasticsearch(elasticsearch_url).indices.delete(index=f"{base}-articles-v1")


@pytest.fixture(params=["embedded", "elasticsearch"])
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Archive]:
    if request.param == "embedded":
        opened = open_archive("embedded:", tmp_path)
        yield opened
        opened.close()
        return
    opened = request.getfixturevalue("on_elasticsearch")
    yield opened
    opened.delete([one.id for one in opened.iterate()])


def put(archive: Archive, *articles: Article) -> list[PutResult]:
    return asyncio.run(archive.put(articles))


def outcomes(archive: Archive, *articles: Article) -> list[str]:
    return [result.outcome for result in put(archive, *articles)]


def search(archive: Archive, words: str, **filters: object) -> SearchResult:
    return archive.search(parse_query(words, **filters), limit=100)  # type: ignore[arg-type]


def slugs(archive: Archive, words: str, **filters: object) -> set[str]:
    """The last parts of the URLs of what is found."""
    result = search(archive, words, **filters)
    assert result.total == len(result.hits)
    return {hit.article.url.rpartition("/")[2] for hit in result.hits}


def relation(seed: str, score: float = 1.0, *, related: bool = True) -> Relation:
    return Relation(seed=seed * 64, score=score, rank=score, kind="same-language", related=related)


class TestPut:
    def test_what_is_put_comes_back_whole(self, archive: Archive) -> None:
        one = article(
            copy_of=CopyOf(article_id="b" * 64, url="https://b.example/", overlap=0.9),
            relations=[relation("c")],
            date_published=days(1),
            fingerprint=[1, 2**63, 2**64 - 1],
            authors=["Ann O'Neil"],
        )
        assert put(archive, one) == [PutResult(one.id, "stored")]
        assert archive.get(one.id) == one
        assert archive.get_many([one.id, "f" * 64]) == {one.id: one}
        assert archive.get("f" * 64) is None
        assert archive.count() == 1

    def test_results_come_in_order(self, archive: Archive) -> None:
        bad = article("b", "", headline="")
        results = put(archive, article("a"), bad, article("c"))
        assert [result.outcome for result in results] == ["stored", "refused", "stored"]
        assert put(archive) == []

    def test_same_text_again_is_unchanged(self, archive: Archive) -> None:
        copy = CopyOf(article_id="b" * 64, url="https://b.example/", overlap=0.9)
        put(archive, article(relations=[relation("c", 1), relation("d", 1)], copy_of=copy))
        again = article(relations=[relation("c", 2), relation("e", 3)], date_fetched=days(2))
        assert outcomes(archive, again) == ["unchanged"]
        kept = archive.get(again.id)
        assert kept is not None
        assert {(one.seed[0], one.score) for one in kept.relations} == {("c", 2), ("d", 1), ("e", 3)}
        assert kept.copy_of == copy
        assert kept.date_fetched == days(2)

    def test_unchanged_takes_a_new_copy_of_and_no_older_fetch(self, archive: Archive) -> None:
        put(archive, article(date_fetched=days(5)))
        copy = CopyOf(article_id="b" * 64, url="https://b.example/", overlap=0.9)
        assert outcomes(archive, article(copy_of=copy, date_fetched=days(1))) == ["unchanged"]
        kept = archive.get(article().id)
        assert kept is not None
        assert (kept.copy_of, kept.date_fetched) == (copy, days(5))
        assert slugs(archive, "copy_of:yes") == {"a"}

    def test_newer_text_replaces_and_keeps_relations_to_other_seeds(self, archive: Archive) -> None:
        put(archive, article(body="zebra", relations=[relation("c", 1), relation("d", 1)]))
        newer = article(body="gnu", relations=[relation("c", 2)], date_fetched=days(1))
        assert outcomes(archive, newer) == ["stored"]
        kept = archive.get(newer.id)
        assert kept is not None
        assert kept.article_body == "gnu"
        assert {(one.seed[0], one.score) for one in kept.relations} == {("c", 2), ("d", 1)}
        assert slugs(archive, "gnu") == {"a"}
        assert slugs(archive, "zebra") == set()
        assert archive.count() == 1

    def test_older_fetch_changes_nothing(self, archive: Archive) -> None:
        newer = article(body="gnu", date_fetched=days(1))
        put(archive, newer)
        assert outcomes(archive, article(body="zebra")) == ["older"]
        assert archive.get(newer.id) == newer

    def test_twice_in_one_batch(self, archive: Archive) -> None:
        assert outcomes(archive, article(), article(), article(body="New.", date_fetched=days(1))) == [
            "stored",
            "unchanged",
            "stored",
        ]

    @pytest.mark.parametrize(
        ("values", "reason"),
        [
            ({"headline": " ", "body": ""}, "neither a headline nor a text"),
            ({"body": "half \ud83d of an emoji"}, "surrogate"),
            ({"date_published": days(0).replace(tzinfo=None)}, "time zone"),
            ({"fingerprint": [2**64]}, "64 bits"),
            ({"language_confidence": float("nan")}, "JSON"),
            ({"access": "secret"}, "access"),
        ],
    )
    def test_refused_with_a_reason(self, archive: Archive, values: dict[str, object], reason: str) -> None:
        good = article("good")
        result, other = put(archive, article(**values), good)  # type: ignore[arg-type]
        assert result.outcome == "refused"
        assert reason in result.reason
        assert "\n" not in result.reason
        assert other.outcome == "stored"
        assert archive.count() == 1

    @pytest.mark.parametrize("bad", ["", "a" * 63, "A" * 64, "../" * 22, "g" * 64])
    def test_id_must_be_64_hex_digits(self, archive: Archive, bad: str) -> None:
        assert "hex digits" in put(archive, dataclasses.replace(article(), id=bad))[0].reason

    def test_delete(self, archive: Archive) -> None:
        one, two = article("one", "gnu"), article("two", "gnu", fingerprint=[1, 2, 3, 4])
        put(archive, one, two)
        assert slugs(archive, "gnu") == {"one", "two"}
        assert archive.delete([two.id, "f" * 64]) == 1
        assert slugs(archive, "gnu") == {"one"}
        assert archive.get(two.id) is None
        assert archive.near([1, 2, 3, 4], at_least=0.5) == []
        assert outcomes(archive, two) == ["stored"]
        assert slugs(archive, "gnu") == {"one", "two"}


AS_OF = [
    ("as_of:2022-08-31", ""),
    ("as_of:2022-09-01", "ferry 0"),  # a day is its end
    ("20 as_of:2022-09-01T12:00Z", "ferry 0"),
    ("20 as_of:2022-09-01T11:59:58Z", ""),
    ("as_of:2022-09-02 24", ""),
    ("as_of:2022-09-03 20", ""),
    ("as_of:2022-09-03 24", "ferry 1"),
    ("as_of:2022-09-04 ferry", "ferry 1, other 0"),
    ("as_of:2022-09-05 ferry", "other 0"),
    ("as_of:2022 AND ferry", "other 0"),
    ("as_of:2022-09-04 (20 OR 24) NOT sank", ""),
    ("as_of:2022-09-02 (20 OR 24) NOT river", "ferry 0"),
    ('as_of:2022-09-04 "people died" date:2022-09-01', "ferry 1"),
    ("as_of:2022-09-04 language:en-gb", "ferry 1"),
    ("as_of:2022-09-02 language:en-gb", ""),
    (f"as_of:2022-09-02 id:{article('ferry').id}", "ferry 0"),
    (f"as_of:2022-09-04 -id:{article('ferry').id}", "other 0"),
]


class TestRevisions:
    """Three texts of one article: 20 dead (days 0 to 2), 24 dead (to 4), then taken away."""

    @pytest.fixture
    def ferry(self, archive: Archive) -> Archive:
        first = article("ferry", "A ferry sank. At least 20 people died.", date_published=days(0))
        second = dataclasses.replace(
            first,
            article_body="A ferry sank. At least 24 people died.",
            date_fetched=days(2),
            in_language="en-GB",
        )
        put(archive, first, article("other", "A ferry did not sink.", date_fetched=days(3)))
        assert put(archive, second) == [PutResult(second.id, "stored", revision=1)]
        kept = archive.get(first.id)
        assert kept is not None
        kept.date_unpublished = days(4)
        assert put(archive, kept) == [PutResult(first.id, "stored", revision=2)]
        return archive

    def test_all_are_kept_in_order_and_say_what_changed(self, ferry: Archive) -> None:
        revisions = ferry.revisions(article("ferry").id)
        assert revisions[-1] == ferry.get(article("ferry").id)
        assert [one.revision for one in revisions] == [0, 1, 2]
        assert [one.article_body[23:25] for one in revisions] == ["20", "24", "24"]
        assert [one.date_revised for one in revisions] == [days(0), days(2), days(4)]
        assert [[change.kind for change in one.changes] for one in revisions] == [
            [],
            ["number"],
            ["unpublished"],
        ]
        assert (revisions[1].changes[0].before, revisions[1].changes[0].after) == ("20", "24")
        assert [one.revision for one in ferry.revisions(article("other").id)] == [0]
        assert ferry.revisions("f" * 64) == []

    def test_reads_see_what_is_current(self, ferry: Archive) -> None:
        assert ferry.count() == 2
        assert slugs(ferry, "20") == set()
        assert slugs(ferry, "24") == {"ferry"}
        assert slugs(ferry, "*") == slugs(ferry, "ferry") == slugs(ferry, "NOT 20") == {"ferry", "other"}
        assert [one.article_body[23:25] for one in ferry.iterate() if "At" in one.article_body] == ["24"]
        assert len(ferry.similar(article("x", "A ferry sank, 20 people died."), limit=9)) == 2
        assert search(ferry, "ferry").facets["in_language"] == {"en": 1, "en-GB": 1}

    def test_as_of_finds_what_stood_then(self, ferry: Archive) -> None:
        for words, found in AS_OF:
            result = search(ferry, words)
            hits = [f"{hit.article.headline[6:]} {hit.article.revision}" for hit in result.hits]
            assert ", ".join(sorted(hits)) == found, words
            assert result.total == len(hits) == sum(result.facets["site"].values())
        in_order = [one.revision for one in ferry.iterate(parse_query("as_of:2022-09-04"))]
        assert in_order == ([1, 0] if article("ferry").id < article("other").id else [0, 1])

    def test_as_of_with_filters(self, ferry: Archive) -> None:
        assert slugs(ferry, "as_of:2022-09-04", sites=["paper.example"]) == {"ferry", "other"}
        assert slugs(ferry, "as_of:2022-09-04", languages=["en-GB"]) == {"ferry"}
        assert slugs(ferry, "as_of:2022-09-04", date_to="2022-09-01") == {"ferry"}
        (hit,) = search(ferry, "as_of:2022-09-02 20").hits
        assert HIGHLIGHT_START + "20" in hit.highlights[0]

    def test_the_same_again_and_an_older_fetch_make_none(self, ferry: Archive) -> None:
        revisions = ferry.revisions(article("ferry").id)
        again = [dataclasses.replace(one) for one in revisions]
        assert outcomes(ferry, *again) == ["older", "older", "unchanged"]
        assert ferry.revisions(article("ferry").id) == revisions

    def test_put_back(self, ferry: Archive) -> None:
        back = article(
            "ferry", "A ferry sank. At least 24 people died.", date_fetched=days(9), date_revised=None
        )
        assert put(ferry, back)[0].revision == 3
        kept = ferry.revisions(back.id)[-1]
        assert [change.kind for change in kept.changes] == ["republished"]
        assert (kept.date_unpublished, kept.date_revised) == (None, days(9))
        assert slugs(ferry, "as_of:2022-09-09 24") == set()
        assert slugs(ferry, "as_of:2022-09-10 24") == slugs(ferry, "24") == {"ferry"}

    def test_what_is_no_change_of_the_text_is_brought_up_to_date(self, archive: Archive) -> None:
        put(archive, article(body="Two words.\n\n“And a quote.”", authors=["A", "B"]))
        newer = article(
            body='Two  words. "And a quote."',
            authors=["B", "A"],
            url="https://paper.example/a#top",
            date_modified=days(1),
            date_fetched=days(1),
            access="paywall",
        )
        assert put(archive, newer) == [PutResult(newer.id, "unchanged")]
        kept = archive.get(newer.id)
        assert kept == dataclasses.replace(newer, date_revised=days(0))
        assert slugs(archive, "access:paywall") == {"a#top"}
        older = article(date_fetched=days(0.5), body=newer.article_body, authors=["A", "B"])
        assert outcomes(archive, older) == ["unchanged"]
        assert archive.revisions(newer.id) == [kept]

    def test_another_reading_of_the_same_bytes_is_no_revision(self, archive: Archive) -> None:
        raw = RawPage(file="a.warc.gz", offset=1, sha256="0" * 64)
        put(archive, article(body="Read badly.", raw=raw))
        put(archive, article(body="Read badly.", raw=raw, date_fetched=days(2)))
        assert put(archive, article(body="Read well.", raw=raw)) == [PutResult(article().id, "stored")]
        (kept,) = archive.revisions(article().id)
        assert (kept.article_body, kept.date_fetched, kept.changes) == ("Read well.", days(2), [])

    def test_deleted_articles_take_their_revisions_along(self, ferry: Archive) -> None:
        gone = article("ferry", "A new one.", date_fetched=days(5))
        assert ferry.delete([gone.id]) == 1
        assert ferry.revisions(gone.id) == []
        assert slugs(ferry, "as_of:2022-09-02 ferry") == set()
        assert put(ferry, gone) == [PutResult(gone.id, "stored")]
        assert ferry.revisions(gone.id) == [gone]
        assert slugs(ferry, "as_of:2022-09-04 *") == {"other"}

    def test_writers_at_the_same_time_agree_on_one_chain(self, archive: Archive) -> None:
        put(archive, article("a", "Text 0."))

        def write(number: int) -> PutResult:
            return put(archive, article("a", f"Text {number}.", date_fetched=days(1), date_revised=None))[0]

        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(write, range(1, 9)))
        assert {result.outcome for result in results} == {"stored"}
        revisions = archive.revisions(article().id)
        assert [one.revision for one in revisions] == list(range(9))
        assert sorted(one.article_body for one in revisions) == [f"Text {number}." for number in range(9)]
        for before, after in itertools.pairwise(revisions):
            assert (before.article_body[5], after.article_body[5]) == (
                after.changes[0].before,
                after.changes[0].after,
            )


INFLECTED = [
    ("de", "Rakete", "Nordkorea feuerte zwei Raketen ins Meer."),
    ("de", "Präsident", "Ein Brief des Präsidenten an seine Anhänger."),
    ("en", "missile", "Officials counted the missiles again."),
    ("en", "Putin", "This was Putin’s answer."),
    ("fr", "sanction", "De nouvelles sanctions ont été votées."),
    ("fr", "état", "C’est une affaire d’État."),
    ("fr", "homme", "Voici l'homme du jour."),
    ("ru", "ракета", "Министерство сообщило о запуске двух ракет."),
    ("ru", "ракеты", "Пуск ракетами малой дальности."),
    ("uk", "ракета", "Оборонці збили п'ять ракетами."),
    ("uk", "санкція", "Запроваджено нові санкції."),
    ("es", "misil", "Los misiles cayeron al mar."),
    ("pt", "foguete", "Os foguetes foram lançados ontem."),
    ("it", "sanzione", "Le nuove sanzioni dell'Unione."),
    ("it", "Unione", "Le nuove sanzioni dell'Unione."),
    ("ko", "미사일", "북한이 미사일을 발사했다."),
    ("ko", "북한", "북한은 성명을 냈다."),
    ("ja", "ミサイル", "北朝鮮が弾道ミサイルを発射した。"),
    ("ja", "核", "これは核実験である。"),
    ("ja", "朝", "日朝の会談"),
    ("zh", "导弹", "朝鲜发射了弹道导弹。"),
    ("th", "ขีปนาวุธ", "เกาหลีเหนือยิงขีปนาวุธเมื่อวาน"),
    ("ar", "صاروخ", "أطلقت كوريا الشمالية الصاروخ أمس"),
    ("fa", "موشک", "کره شمالی موشک‌های تازه آزمود"),
    ("tr", "Türkiye", "Toplantı Türkiye’de yapıldı."),
    ("pl", "rakieta", "Wystrzelono dwie rakiety balistyczne."),
    ("cs", "raketa", "Severní Korea odpálila rakety."),
    ("sr", "raketa", "Испаљене су две ракете."),
    ("nl", "raket", "Noord-Korea vuurde raketten af."),
    ("nb", "rakett", "Nord-Korea skjøt opp raketter."),
    ("sv", "robot", "Flera robotar avfyrades."),
    ("el", "πύραυλος", "Εκτοξεύτηκαν δύο πύραυλοι."),
    ("hi", "मिसाइल", "उत्तर कोरिया ने मिसाइलें दागीं।"),
    ("hu", "rakéták", "Rakétákat lőttek ki."),
    ("fi", "talo", "Talossa ei ollut valoja."),
    ("bg", "ракета", "Изстреляни бяха ракети."),
    ("he", "טיל", "צפון קוריאה שיגרה טיל"),
]


class TestLanguages:
    @pytest.fixture
    def polyglot(self, archive: Archive) -> Archive:
        texts = [article(f"{n}", text, in_language=code) for n, (code, _, text) in enumerate(INFLECTED)]
        put(archive, *texts, article("none", "Nothing of the kind.", in_language=""))
        return archive

    def test_inflected_forms_are_found_in_any_and_in_their_language(self, polyglot: Archive) -> None:
        for number, (code, word, text) in enumerate(INFLECTED):
            assert str(number) in slugs(polyglot, word), (code, word, text)
            assert str(number) in slugs(polyglot, word, languages=[code]), (code, word, text)
            assert str(number) not in slugs(polyglot, word, languages=["xx"])

    def test_what_is_marked_is_what_was_found(self, polyglot: Archive) -> None:
        for number, (code, word, text) in enumerate(INFLECTED):
            hits = search(polyglot, f'{word} url:"https://paper.example/{number}"').hits
            (passage,) = hits[0].highlights
            assert passage.replace(HIGHLIGHT_START, "").replace(HIGHLIGHT_END, "") == text, (code, word)
            assert HIGHLIGHT_START in passage
            assert HIGHLIGHT_END in passage

    def test_diacritics_and_case_do_not_matter(self, archive: Archive) -> None:
        put(archive, article("de", "In Pjöngjang tagt die Straße.", in_language="de"))
        put(archive, article("pl", "W mieście Łódź.", in_language="pl"))
        put(archive, article("fr", "Une réunion à l’Élysée.", in_language="fr"))
        put(archive, article("nfd", "Cafe\u0301 in Bogota\u0301.", in_language="es"))
        for words in ("Pjöngjang", "pjongjang", "PJÖNGJANG", "strasse", "STRASSE"):
            assert slugs(archive, words) == {"de"}, words
        assert slugs(archive, "lodz") == slugs(archive, "ŁÓDŹ") == {"pl"}
        assert slugs(archive, "elysee") == slugs(archive, "réunion élysée") == {"fr"}
        assert slugs(archive, "café") == slugs(archive, "cafe bogotá") == {"nfd"}

    def test_emoji_and_right_to_left(self, archive: Archive) -> None:
        put(
            archive,
            article("emoji", "To the moon 🚀🚀 with 🇰🇵!"),
            article("he", "שָׁלוֹם עולם", in_language="he"),
        )
        assert slugs(archive, "🚀") == slugs(archive, "🇰🇵") == slugs(archive, '"moon 🚀"') == {"emoji"}
        assert slugs(archive, "שלום") == slugs(archive, "שָׁלוֹם") == {"he"}

    def test_soft_hyphens_joiners_and_widths(self, archive: Archive) -> None:
        put(archive, article("soft", "Rake\u00adten auf ＮＯＲＤ", in_language="de"))
        put(archive, article("half", "ﾐｻｲﾙとﾄﾞﾙ", in_language="ja"))
        assert slugs(archive, "Rakete nord") == {"soft"}
        assert slugs(archive, "ミサイル") == slugs(archive, "ドル") == {"half"}

    def test_words_within_unspaced_scripts(self, archive: Archive) -> None:
        put(archive, article("ja", "新しいiPhoneが2022年に発売", in_language="ja"))
        for words in ("iphone", "2022年", "発売", '"新しい iPhone"', "新しいiPhone", "年"):
            assert slugs(archive, words) == {"ja"}, words
        assert slugs(archive, "売年") == set()


class TestQuery:
    @pytest.fixture
    def library(self, archive: Archive) -> Archive:
        put(
            archive,
            article(
                "kim",
                "Kim Jong Un wrote a letter to Moscow.",
                headline="A letter from Pyongyang",
                authors=["Mara Feldkamp", "Jan Kühn"],
                article_section="World",
                keywords=["North Korea", "diplomacy"],
                publisher="The Paper",
                date_published=days(0),
                relations=[relation("c"), relation("d", 0.2, related=False)],
            ),
            article(
                "putin",
                "Putin answered. The letter from Kim was short.",
                headline="Moscow replies",
                url="https://news.other.example/putin",
                site="news.other.example",
                article_section="Politics",
                access="paywall",
                in_language="en-GB",
                date_published=days(10),
                copy_of=CopyOf(article_id="b" * 64, url="https://b.example/", overlap=0.9),
            ),
            article("undated", "A football match in Leipzig.", description="Moscow was not there."),
        )
        return archive

    @pytest.mark.parametrize(
        ("words", "found"),
        [
            ("letter", "kim putin"),
            ("letter moscow", "kim putin"),
            ("letter AND answered", "putin"),
            ("answered OR football", "putin undated"),
            ("letter NOT answered", "kim"),
            ("letter -answered", "kim"),
            ("+letter +answered", "putin"),
            ("NOT letter", "undated"),
            ("-letter -football", ""),
            ("moscow (football OR answered)", "putin undated"),
            ("moscow AND NOT (football OR answered)", "kim"),
            ("football OR NOT moscow", "undated"),
            ("(letter)", "kim putin"),
            ('"Kim Jong Un"', "kim"),
            ('"Kim Un"', ""),
            ('"Kim Un"~1', "kim"),
            ('"letter Kim"~1', "putin"),
            ('"Un Kim"', ""),
            ('"football matches"', "undated"),
            ("foot*", "undated"),
            ("leip* match", "undated"),
            ("answ* OR foot*", "putin undated"),
            ("ball*", ""),
            ("*", "kim putin undated"),
            ("*:*", "kim putin undated"),
            ("headline:letter", "kim"),
            ("title:moscow", "putin"),
            ("text:moscow", "kim"),
            ("body:moscow", "kim"),
            ("article_body:(moscow OR football)", "kim undated"),
            ("description:moscow", "undated"),
            ("description:*", "undated"),
            ("language:en", "kim putin undated"),
            ("lang:EN-gb", "putin"),
            ("in_language:de", ""),
            ("site:other.example", "putin"),
            ("site:www.news.other.example", "putin"),
            ("site:ther.example", ""),
            ("site:paper.example", "kim undated"),
            ("publisher:paper", "kim"),
            ('publisher:"the paper"', "kim"),
            ("author:feldkamp", "kim"),
            ("authors:kuhn", "kim"),
            ('author:"Mara Feldkamp"', "kim"),
            ('author:"Feldkamp Jan"', ""),
            ("author:feld*", "kim"),
            ("author:*", "kim"),
            ("section:world", "kim"),
            ("section:(world OR politics)", "kim putin"),
            ("keyword:korea", "kim"),
            ('keywords:"north korea"', "kim"),
            ("copy_of:yes", "putin"),
            ("copy_of:no", "kim undated"),
            ("copy_of:*", "putin"),
            ("seed:" + "c" * 64, "kim"),
            ("seed:" + "D" * 64, ""),
            ("seed:*", "kim"),
            ("access:paywall", "putin"),
            ("access:full -football", "kim"),
            ('url:"https://news.other.example/putin"', "putin"),
            ("id:" + article("kim").id, "kim"),
            ("date:2022-09-01", "kim"),
            ("date:2022-09", "kim putin"),
            ("date:2022", "kim putin"),
            ("date:2021", ""),
            ("date:2022-09-01T12:00:00Z", "kim"),
            ('date:"2022-09-01T14:00:00+02:00"', "kim"),
            ("date:2022-09-01T12:00:01Z", ""),
            ("date:[2022-09-01 TO 2022-09-11]", "kim putin"),
            ("date:[2022-09-01 TO 2022-09-11}", "kim"),
            ("date:{2022-09-01 TO 2022-09-11]", "putin"),
            ("date:[* TO 2022-09-10]", "kim"),
            ("date:[2022-09-02 TO *]", "putin"),
            ("date:[* TO *]", "kim putin"),
            ("date:*", "kim putin"),
            ("-date:*", "undated"),
            ("date:>2022-09-01", "putin"),
            ("date:>=2022-09-01", "kim putin"),
            ("date:<2022-09-11", "kim"),
            ("date:<=2022-09-11", "kim putin"),
            ("date:[0001-01-01 TO 9998-12-31]", "kim putin"),
            ("Kim - Putin", "putin"),
            ("letter !!! & moscow", "kim putin"),
            ("what? letter", ""),
            ("f-16", ""),
        ],
    )
    def test_finds(self, library: Archive, words: str, found: str) -> None:
        assert slugs(library, words) == set(found.split())

    def test_filters(self, library: Archive) -> None:
        assert slugs(library, "*", languages=["en-GB", "de"]) == {"putin"}
        assert slugs(library, "*", sites=["other.example"]) == {"putin"}
        assert slugs(library, "*", sites=["other.example", "www.paper.example"]) == {
            "kim",
            "putin",
            "undated",
        }
        assert slugs(library, "letter", date_from="2022-09-02") == {"putin"}
        assert slugs(library, "letter", date_to="2022-09-10") == {"kim"}
        assert slugs(library, "*", date_from="2022-09-01", date_to="2022-09-11") == {"kim", "putin"}
        assert slugs(library, "*", date_from=days(0), date_to=days(9)) == {"kim"}

    def test_facets_count_all_matches(self, library: Archive) -> None:
        result = library.search(parse_query("*"), limit=1)
        assert (result.total, len(result.hits)) == (3, 1)
        assert result.facets == {
            "in_language": {"en": 2, "en-GB": 1},
            "site": {"paper.example": 2, "news.other.example": 1},
            "publisher": {"The Paper": 1},
            "article_section": {"World": 1, "Politics": 1},
            "access": {"full": 2, "paywall": 1},
            "year": {"2022": 2},
            "month": {"2022-09": 2},
        }
        assert library.search(parse_query("football")).facets["site"] == {"paper.example": 1}

    def test_order(self, library: Archive) -> None:
        def order(words: str, **how: object) -> list[str]:
            found = library.search(parse_query(words), **how)  # type: ignore[arg-type]
            return [hit.article.url.rpartition("/")[2] for hit in found.hits]

        assert order("moscow", sort="date") == ["putin", "kim", "undated"]
        assert order("*") == ["putin", "kim", "undated"]
        assert order("moscow")[0] == "putin"  # the headline weighs more than the text
        assert order("*", limit=1, offset=1) == ["kim"]
        assert order("*", limit=0) == []
        assert order("*", offset=5) == []

    def test_scores(self, library: Archive) -> None:
        assert all(hit.score > 0 for hit in search(library, "letter").hits)
        assert all(hit.score == 0 for hit in search(library, "*").hits)
        assert all(hit.score == 0 for hit in library.search(parse_query("letter"), sort="date").hits)

    def test_iterate_goes_by_id(self, library: Archive) -> None:
        ids = [one.id for one in library.iterate()]
        assert ids == sorted(ids)
        assert len(ids) == 3
        found = [one.url.rpartition("/")[2] for one in library.iterate(parse_query("letter"))]
        assert sorted(found) == ["kim", "putin"]

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.one_of(
            st.text(max_size=40),
            st.lists(
                st.sampled_from([*'"()*?~:-+\\[]核⑴ß미\u0301', "a", "kim", "AND", "OR", "NOT", "date:", "*a"])
            ).map(" ".join),
            st.from_regex(r'(\w+[*]? |"\w+ \w+"(~\d)? |-){1,5}', fullmatch=True),
        )
    )
    def test_any_text_is_answered_or_a_bad_query(self, library: Archive, words: str) -> None:
        try:
            query = parse_query(words)
        except BadQuery:
            return
        library.search(query)


class TestLongTexts:
    def test_two_megabytes(self, archive: Archive) -> None:
        body = "\n\n".join(f"Paragraph {n} speaks of nothing much at all." for n in range(45_000))
        body += "\n\nAt the very end stands a needle."
        assert len(body) > 2_000_000
        put(archive, article("long", body))
        (hit,) = search(archive, "needle").hits
        assert hit.article.article_body == body
        assert hit.highlights == (f"At the very end stands a {HIGHLIGHT_START}needle{HIGHLIGHT_END}.",)

    @pytest.mark.parametrize("character", ["x", "核", "🚀", "\u0301", "_", "é", "\0"])
    def test_one_character_a_hundred_thousand_times(self, archive: Archive, character: str) -> None:
        assert outcomes(archive, article("odd", character * 100_000 + " needle")) == ["stored"]
        assert slugs(archive, "needle") == {"odd"}


class TestNear:
    def test_overlap_of_the_smaller_fingerprint(self, archive: Archive) -> None:
        put(
            archive,
            article("same", fingerprint=list(range(100)), date_published=days(1)),
            article("half", fingerprint=list(range(50, 150))),
            article("short", fingerprint=[1, 2, 3, 4]),
            article("two", fingerprint=[1, 2]),
            article("none"),
        )
        found = archive.near(list(range(100)), at_least=0.4)
        assert [(near.url[-5:], near.overlap) for near in found] == [
            ("/same", 1),
            ("short", 1),
            ("/half", 0.5),
        ]
        assert found[0].date_published == days(1)
        assert found[0].site == "paper.example"
        assert len(archive.near(list(range(100)), at_least=0.4, limit=1)) == 1
        assert [near.url[-5:] for near in archive.near([1, 2, 3, 4], at_least=1)] == ["/same", "short"]
        assert archive.near([1, 2], at_least=0.1) == []
        assert archive.near([], at_least=0.1) == []

    def test_a_new_text_replaces_the_fingerprint(self, archive: Archive) -> None:
        put(archive, article(fingerprint=[1, 2, 3]))
        put(archive, article(body="New.", fingerprint=[2**64 - 4, 2**64 - 5, 2**63], date_fetched=days(1)))
        assert archive.near([1, 2, 3], at_least=0.1) == []
        assert archive.near([2**64 - 4, 2**64 - 5, 2**63], at_least=1)[0].overlap == 1


class TestSimilar:
    def test_shared_rare_words_come_first(self, archive: Archive) -> None:
        seed = article("seed", "Shells and rockets from Pyongyang for the army in Moscow and the front.")
        put(
            archive,
            seed,
            article("close", "Moscow wants shells; the rockets come from Pyongyang."),
            article("far", "The weather in Moscow and the country."),
            article("other", "Granaten aus Pjöngjang.", in_language="de"),
            *(article(f"filler{n}", "The game and the players and the weather.") for n in range(10)),
        )
        hits = archive.similar(seed, limit=3)
        assert hits[0].article.url.endswith("close")
        assert seed.id not in {hit.article.id for hit in hits}
        assert hits[0].score > hits[1].score
        assert len(archive.similar(seed, limit=1)) == 1

    def test_of_an_article_that_is_not_kept_or_shares_nothing(self, archive: Archive) -> None:
        assert archive.similar(article("x", "Words nobody has.")) == []
        put(archive, article("a", "Quite different."))
        assert archive.similar(article("x", "核兵器", headline="", in_language="ja")) == []


def test_location_close_and_reopen(tmp_path: Path) -> None:
    archive = open_archive("embedded:", tmp_path)
    assert str(tmp_path) in archive.location
    put(archive, article())
    archive.close()
    archive.close()
    again = open_archive("embedded:", tmp_path)
    assert slugs(again, "text") == {"a"}
    again.close()
