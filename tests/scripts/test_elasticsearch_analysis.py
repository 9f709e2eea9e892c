"""What our own parts of the node answer: who it is, and text analysis under the distribution's names."""

import os
import time
from typing import Any

import pytest

from tests.scripts.elasticsearch_client import ask, tokens


def test_says_who_it_is(elasticsearch_url: str) -> None:
    status, answer = ask(elasticsearch_url, "GET", "/")
    assert status == 200
    assert answer["tagline"] == "You Know, for Search"
    assert len(answer["cluster_uuid"]) == 22
    assert answer["version"]["number"].split(".")[0] == "9"
    assert ask(elasticsearch_url, "HEAD", "/") == (200, None)


@pytest.mark.parametrize(
    ("rules", "text", "expected"),
    [
        (["ß => ss", "ü=>ue"], "Grüße", "Gruesse"),
        ([r"\u00df=>\u0073s"], "Straße", "Strasse"),
        (["- =>"], "e-mail", "email"),
        ([r"\u0020=>_"], "a b", "a_b"),
        ([r"\n=>n", r"\t=>t", r"\\=>b"], "\n\t\\", "ntb"),
        ([r"\==>x"], "=", "x"),
        ([r"\uD83D\uDE00=>smile"], "😀", "smile"),
    ],
)
def test_mapping_char_filter_reads_escapes(
    elasticsearch_url: str, rules: list[str], text: str, expected: str
) -> None:
    mapping = {"type": "mapping", "mappings": rules}
    assert tokens(elasticsearch_url, text, tokenizer="keyword", char_filter=[mapping]) == [expected]


@pytest.mark.parametrize(
    ("part", "text", "expected"),
    [
        ("apostrophe", "İstanbul'un", "İstanbul"),
        ("asciifolding", "Pjöngjang", "Pjongjang"),
        ({"type": "asciifolding", "preserve_original": True}, "é", "e é"),
        ("cjk_width", "ＡＢＣ ｶﾞ", "ABC ガ"),
        ("cjk_bigram", "漢字か dog", "漢字 字か dog"),
        ({"type": "cjk_bigram", "output_unigrams": True}, "漢字", "漢 漢字 字"),
        ({"type": "cjk_bigram", "ignored_scripts": ["han"]}, "漢字", "漢 字"),
        ({"type": "elision", "articles": ["l"], "articles_case": True}, "L'été l'an", "été an"),
        ({"type": "elision", "articles": ["l"]}, "L'été l'an", "L'été an"),
        ({"type": "keep_types", "types": ["<NUM>"]}, "in 2022", "2022"),
        ({"type": "keep_types", "types": ["<NUM>"], "mode": "exclude"}, "in 2022", "in"),
        ({"type": "length", "min": 2, "max": 3}, "a bb ccc dddd", "bb ccc"),
        ({"type": "lowercase", "language": "turkish"}, "ISI", "ısı"),
        ({"type": "pattern_replace", "pattern": "^(..).+$", "replacement": "$1"}, "Rakete", "Ra"),
        ({"type": "pattern_replace", "pattern": "A", "flags": "CASE_INSENSITIVE", "all": False}, "aA", "A"),
        ({"type": "snowball", "language": "German"}, "Raketen Häuser", "Raket Haus"),
        ({"type": "snowball", "language": "dutch"}, "raketten", "raket"),
        ({"type": "stemmer", "language": "light_german"}, "raketen", "raket"),
        ({"type": "stemmer", "language": "russian"}, "ракеты", "ракет"),
        ({"type": "truncate", "length": 3}, "Rakete", "Rak"),
        ("unique", "a b a", "a b"),
        ("german_normalization", "ueber", "uber"),
        ({"type": "stop", "stopwords": "_german_"}, "die Rakete", "Rakete"),
    ],
)
def test_token_filters(elasticsearch_url: str, part: Any, text: str, expected: str) -> None:
    assert tokens(elasticsearch_url, text, tokenizer="standard", filter=[part]) == expected.split()


def test_repeated_keywords_keep_the_stemmed_and_the_plain_form(elasticsearch_url: str) -> None:
    chain = ["keyword_repeat", {"type": "snowball", "language": "English"}, "remove_duplicates"]
    found = tokens(elasticsearch_url, "missiles flew", tokenizer="standard", filter=chain)
    assert found == ["missiles", "missil", "flew"]


@pytest.mark.parametrize(
    ("analyzer", "text", "expected"),
    [
        ("english", "The missiles", "missil"),
        ("german", "Die Raketen", "raket"),
        ("french", "L'essai des missiles", "esai misil"),
        ("russian", "и ракеты", "ракет"),
        ("cjk", "漢字か", "漢字 字か"),
        ("keyword", "In one", "In one"),
        ("whitespace", "In one.", "In one."),
        ("simple", "In 1 one.", "in one"),
    ],
)
def test_analyzers(elasticsearch_url: str, analyzer: str, text: str, expected: str) -> None:
    found = tokens(elasticsearch_url, text, analyzer=analyzer)
    assert found == ([expected] if analyzer == "keyword" else expected.split())


@pytest.mark.parametrize(
    "part",
    [
        {"filter": [{"type": "snowball", "language": "Klingon"}]},
        {"filter": [{"type": "stemmer", "language": "klingon"}]},
        {"filter": [{"type": "lowercase", "language": "klingon"}]},
        {"filter": [{"type": "pattern_replace"}]},
        {"filter": [{"type": "truncate"}]},
        {"filter": [{"type": "keep_types", "types": ["<NUM>"], "mode": "perhaps"}]},
        {"filter": ["no_such_filter"]},
        {"char_filter": [{"type": "mapping", "mappings": ["no arrow"]}]},
        {"char_filter": [{"type": "mapping", "mappings": ["a=>b", "a=>c"]}]},
        {"char_filter": [{"type": "mapping", "mappings": [r"a=>\u12"]}]},
        {"char_filter": [{"type": "mapping", "mappings": ["a=>\\"]}]},
        {"char_filter": [{"type": "pattern_replace"}]},
    ],
)
def test_bad_analysis_is_a_bad_request(elasticsearch_url: str, part: dict[str, Any]) -> None:
    assert (
        ask(elasticsearch_url, "POST", "/_analyze", {"text": "a", "tokenizer": "standard", **part})[0] == 400
    )


def test_an_index_takes_a_normalizer_zstd_and_an_analyzer_with_stop_words(elasticsearch_url: str) -> None:
    analysis = {
        "normalizer": {"plain": {"type": "custom", "filter": ["lowercase", "asciifolding", "cjk_width"]}},
        "analyzer": {"own": {"type": "german", "stopwords": ["rakete"], "stem_exclusion": ["häuser"]}},
    }
    fields = {"name": {"type": "keyword", "normalizer": "plain"}, "text": {"type": "text", "analyzer": "own"}}
    settings = {"number_of_replicas": 0, "codec": "best_compression", "analysis": analysis}
    index = f"/node-{os.getpid()}-{time.time_ns()}"
    body = {"settings": settings, "mappings": {"properties": fields}}
    status, answer = ask(elasticsearch_url, "PUT", index, body)
    assert status == 200, answer
    try:
        document = {"name": "Élysée", "text": "Rakete über die Häuser"}
        assert ask(elasticsearch_url, "PUT", f"{index}/_doc/1?refresh=true", document)[0] == 201
        found = ask(elasticsearch_url, "GET", f"{index}/_search?q=name:ELYSEE")[1]
        assert found["hits"]["total"]["value"] == 1
        words = ask(
            elasticsearch_url, "POST", f"{index}/_analyze", {"field": "text", "text": document["text"]}
        )
        assert [token["token"] for token in words[1]["tokens"]] == ["uber", "die", "hauser"]
    finally:
        ask(elasticsearch_url, "DELETE", index)
