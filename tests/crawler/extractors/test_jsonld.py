import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from crawler.extractors.jsonld import JsonLd, is_false, is_true, plain
from tests.crawler.extractors.pages import jsonld


def read(*scripts: str) -> JsonLd:
    return JsonLd(
        html.fromstring("<html><head>" + "".join(map(jsonld, scripts)) + "</head><body></body></html>")
    )


ARTICLE = '{"@type": "NewsArticle", "headline": "A \\"good\\" day"}'


@pytest.mark.parametrize(
    "script",
    [
        ARTICLE,
        f"<!-- {ARTICLE} -->",
        f"//<![CDATA[\n{ARTICLE}\n//]]>",
        f"{ARTICLE};",
        f"[{ARTICLE}]",
        '{"@graph": [{"@type": "WebPage"}, ' + ARTICLE + "]}",
        '{"@type": "WebPage", "mainEntity": ' + ARTICLE + "}",
        '{"@type": "NewsArticle", "headline": "A \\"good\\"\n day"}',
    ],
)
def test_wrappings(script: str) -> None:
    assert read(script).text("headline") == 'A "good" day'


@pytest.mark.parametrize(
    ("escaped", "text"),
    [
        (r"a \ud83d\ude00 b", "a 😀 b"), (r"a \ud83d b", "a \ufffd b"), (r"a \ude00 b", "a \ufffd b"),
        (r"a \uD83D", "a \ufffd"), (r"a \u001b b", "a \ufffd b"), (r"a \u0009b", "a b"),
    ],
)  # fmt: skip
def test_characters_that_no_archive_takes_are_replaced(escaped: str, text: str) -> None:
    assert read(f'{{"@type": "NewsArticle", "headline": "{escaped}"}}').text("headline") == text


def test_what_is_not_the_page_s_article() -> None:
    found = read(
        '{"@type": "ItemList", "itemListElement": [{"@type": "NewsArticle", "headline": "Other"}]}',
        '{"@type": "JobPosting", "headline": "Job"}',
        '{"@type": "WebPage", "mentions": {"@type": "NewsArticle", "headline": "Other"}}',
        "{broken",
        "null",
    )
    assert found.article == {}
    assert found.text("headline") == ""


def test_the_one_with_a_body_wins() -> None:
    assert read(ARTICLE, '{"@type": "Report", "articleBody": "Text", "name": "B"}').text("name") == "B"


def test_references_and_names() -> None:
    found = read(
        '{"@graph": [{"@id": "#a", "@type": "Person", "name": "Anna"}, {"@type": "Article", "author": '
        '[{"@id": "#a"}, "Ben", {"name": ["Cy"]}, {"@id": "#lost"}]}]}'
    )
    assert found.names(found.article["author"]) == ["Anna", "Ben", "Cy"]


def test_plain_text() -> None:
    assert plain("<p>One &amp;amp; two</p><p>Three<br>four</p>") == "One & two\nThree\nfour"


def test_booleans() -> None:
    assert is_false("http://schema.org/False")
    assert is_false(False)
    assert not is_false("")
    assert is_true("true")
    assert not is_true(None)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "@id", "@graph", "author", "headline", "name", "image"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_json_can_be_walked(value: object) -> None:
    found = read(json.dumps(value).replace("</", "<\\/"))
    found.text("headline", "name")
    found.names(found.article.get("author"))


def test_deep_nesting_is_no_trap() -> None:
    assert read("[" * 100_000).objects == []
    assert read('{"a":' * 5000 + "1" + "}" * 5000).article == {}
