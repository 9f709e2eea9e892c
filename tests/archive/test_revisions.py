"""What a put decides; that the archives do it, test_contract tests."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from archive.article import Article, CopyOf, RawPage
from archive.revisions import decide, first_seen, last_seen
from tests.archive.samples import article, days


def test_a_copy_from_another_archive_keeps_its_time() -> None:
    first = article(date_fetched=days(3), date_revised=days(1))
    kept = decide(None, replace(first, revision=7)).article
    assert (kept.revision, kept.date_revised) == (0, days(1))
    second = decide(kept, article(body="New.", date_fetched=days(9), date_revised=days(5))).article
    assert (second.revision, second.date_revised) == (1, days(5))
    stale = replace(second, article_body="Newer.", date_fetched=days(11))  # as of a program that read it here
    assert decide(second, stale).article.date_revised == days(11)


def test_gone_counts_from_when_it_was_found_to_be() -> None:
    kept = decide(None, article(date_fetched=days(2))).article
    gone = decide(kept, replace(kept, date_unpublished=days(4))).article
    assert (gone.revision, gone.date_revised, last_seen(gone)) == (1, days(4), days(4))
    assert decide(gone, article(body="Late.", date_fetched=days(3))).outcome == "older"
    assert decide(gone, replace(kept, date_unpublished=days(6))).article.date_unpublished == days(4)


def test_a_record_of_an_older_program_was_first_seen_when_it_was_fetched() -> None:
    kept = replace(article(), date_revised=None)
    again = decide(kept, article(date_fetched=days(2)))
    assert (again.outcome, again.article.date_revised) == ("unchanged", days(0))


def test_the_same_bytes_gone_are_a_revision_and_older_bytes_are_older() -> None:
    raw = RawPage(file="a", offset=1, sha256="0")
    kept = decide(None, article(raw=raw, date_fetched=days(1))).article
    assert decide(kept, replace(kept, date_unpublished=days(2))).article.revision == 1
    elsewhere = article(body="Read by an older program.", raw=replace(raw, offset=2), date_fetched=days(0))
    assert decide(kept, elsewhere).outcome == "older"


def test_the_same_record_read_otherwise_takes_its_place_and_is_no_revision() -> None:
    raw = RawPage(file="a", offset=1, sha256="0")
    kept = decide(None, article(raw=raw, date_fetched=days(1))).article
    again = decide(kept, replace(kept, keywords=["war"]))
    assert (again.outcome, again.former, again.article.keywords) == ("stored", None, ["war"])
    assert (again.article.revision, again.article.changes) == (0, [])
    marked = replace(kept, copy_of=CopyOf(article_id="b", url="u", overlap=0.9))
    assert decide(kept, marked).outcome == "unchanged", "a mark is no reading"


fetches = st.builds(
    article,
    body=st.sampled_from(["One.", "Two.", " One. "]),
    date_fetched=st.integers(0, 5).map(days),
    date_revised=st.none() | st.integers(0, 5).map(days),
    date_unpublished=st.none() | st.integers(0, 5).map(days),
    date_modified=st.none() | st.integers(0, 5).map(days),
)


@given(st.lists(fetches, min_size=1))
def test_whatever_comes_the_chain_is_whole(puts: list[Article]) -> None:
    chain: list[Article] = []
    for one in puts:
        decision = decide(chain[-1] if chain else None, one)
        if decision.former:
            assert decision.former == chain[-1]
            chain.append(decision.article)
        else:
            chain[-1:] = [decision.article]
        assert decide(decision.article, one).former is None  # once more changes nothing
    assert [one.revision for one in chain] == list(range(len(chain)))
    assert [bool(one.changes) for one in chain] == [False, *[True] * (len(chain) - 1)]
    assert sorted(chain, key=first_seen) == chain
