"""Every kept page is read as a person reads it, but for the fields in tests/fixtures/known.json.

That list can only shrink: a field on it that is right fails too.
"""

import json
from pathlib import Path

import pytest
from rich.console import Console

from crawler.fixtures import show
from crawler.fixtures.compare import FIELDS, Difference
from crawler.fixtures.store import Fixture, load_all, seeds_without_record

ROOT = Path(__file__).resolve().parents[1]
FIXTURES = {fixture.name: fixture for fixture in load_all(ROOT)}
KNOWN: dict[str, list[str]] = json.loads((ROOT / "tests/fixtures/known.json").read_text(encoding="utf-8"))


def in_words(differences: list[Difference]) -> str:
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        for difference in differences:
            console.print(show.difference(difference), soft_wrap=True)
    return "\n" + capture.get()


@pytest.mark.parametrize("fixture", FIXTURES.values(), ids=FIXTURES)
def test_page(fixture: Fixture) -> None:
    known = fixture.known
    differences = fixture.differences(fixture.read())
    new = [difference for difference in differences if difference.field not in known]
    if new:
        pytest.fail(in_words(new), pytrace=False)
    right = sorted(set(known) - {difference.field for difference in differences})
    if right:
        pytest.fail(f"right now: take {', '.join(right)} of {fixture.name} off known.json", pytrace=False)
    if not fixture.was_read:
        pytest.fail(f"read it, then scrapy fixture accept {fixture.name}", pytrace=False)


def test_known_differences_name_fixtures_and_fields() -> None:
    assert set(KNOWN) <= set(FIXTURES)
    assert {field for fields in KNOWN.values() for field in fields} <= {"kind", *FIELDS}
    assert all(KNOWN.values())


def test_there_are_pages_of_all_kinds() -> None:
    assert len(FIXTURES) >= 60
    languages = {fixture.expected.get("in_language", "").partition("-")[0] for fixture in FIXTURES.values()}
    assert len(languages - {""}) >= 20
    assert {"article", "consent_wall", "bot_wall", "login_wall", "soft_404", "index_page"} <= {
        fixture.expected["kind"] for fixture in FIXTURES.values()
    }


def test_each_seed_has_an_expected_record() -> None:
    assert seeds_without_record(ROOT) == []
