import pytest

from crawler.extractors.words import by_language, containing, starting

NEEDED = (
    "leads",
    "starts",
    "comments",
    "credits",
    "consent",
    "consent_text",
    "not_found",
    "login",
    "paywall",
)


@pytest.mark.parametrize("language", sorted(by_language()))
def test_every_language_has_every_list_that_a_rule_needs(language: str) -> None:
    lists = by_language()[language]
    assert not [kind for kind in NEEDED if not lists.get(kind)]
    words = [word for kind in lists.values() for word in kind]
    assert words == [word.lower().strip() for word in words]
    assert all(len(set(kind)) == len(kind) for kind in lists.values())


def test_words_are_whole_words_but_chinese_and_japanese_go_on() -> None:
    assert starting("leads").match("» read more: ships")
    assert not starting("leads").match("relatedness is a measure")
    assert starting("leads").match("関連記事港の再開")
    assert containing("comments").search("please leave a reply below")
    assert not containing("comments").search("xleave a reply")
