from pathlib import Path

import pytest

from archive.errors import UsageError
from crawler.spiders.arguments import SourceArguments, parse_arguments
from crawler.spiders.related import RelatedArguments
from crawler.spiders.urls import UrlsArguments


def test_words_become_values() -> None:
    given = {
        "sources": "a.yml",
        "languages": "de, fr",
        "days": "2.5",
        "max_requests": "10",
        "_job": "scrapyd's",
    }
    args = parse_arguments(SourceArguments, "feeds", given)
    assert args == SourceArguments(sources=Path("a.yml"), languages=("de", "fr"), days=2.5, max_requests=10)
    assert parse_arguments(UrlsArguments, "urls", {"urls": "http://a.example/ http://b.example/"}).urls == (
        "http://a.example/",
        "http://b.example/",
    )


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"days": "many"}, "spider related, argument days: Input should be a valid number, .* not 'many'"),
        ({"days": "0"}, "argument days: Input should be greater than 0"),
        ({"max_requests": "-1"}, "argument max_requests"),
        ({"follow": "1.5"}, "argument follow"),
        ({"sead": "x"}, "no argument 'sead'; it takes max_requests, sources, languages, days, seed, follow"),
        ({"seed": ""}, "argument seed"),
    ],
)
def test_a_wrong_argument_is_named_in_one_line(given: dict[str, str], line: str) -> None:
    with pytest.raises(UsageError, match=line) as error:
        parse_arguments(RelatedArguments, "related", {"seed": "s.txt"} | given)
    assert "\n" not in str(error.value)


def test_a_missing_argument_is_named() -> None:
    with pytest.raises(UsageError, match=r"spider related needs -a seed=\.\.\."):
        parse_arguments(RelatedArguments, "related", {})
