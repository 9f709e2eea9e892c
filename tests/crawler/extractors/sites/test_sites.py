"""What all modules of single sites have in common, and that each reads its own-made pages."""

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

import pytest

from crawler.extractors import extractor_for, generic, sites
from crawler.extractors.site import _selector
from crawler.fixtures.store import Fixture, load_all

ROOT = Path(__file__).resolve().parents[4]
MODULES = [import_module(f"{sites.__name__}.{found.name}") for found in iter_modules(sites.__path__)]
HOSTS = {host: module for module in MODULES for host in module.SITES}
FIXTURES = [fixture for fixture in load_all(ROOT) if fixture.folder.parent.name in HOSTS]


def name_of(module: ModuleType) -> str:
    return module.__name__.rpartition(".")[2]


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_form_of_a_module(module: ModuleType) -> None:
    days = [layout.since for layout in module.LAYOUTS]
    assert days == sorted(set(days), reverse=True)
    assert "Captures met:" in (module.__doc__ or "")
    for layout in module.LAYOUTS:
        for name in ("body", "standfirst", "drop", "headline", "authors", "published", "section"):
            assert not getattr(layout, name) or _selector(getattr(layout, name))


@pytest.mark.parametrize("host", HOSTS)
def test_each_host_has_an_own_made_page(host: str) -> None:
    assert host in {fixture.folder.parent.name for fixture in FIXTURES}
    assert extractor_for(f"https://www.{host}/a") is not generic.extract


@pytest.mark.parametrize("fixture", FIXTURES, ids=lambda fixture: fixture.name)
def test_the_site_reads_its_page(fixture: Fixture) -> None:
    reading = fixture.read()
    assert fixture.differences(reading) == []
    assert reading.article is not None
    assert reading.article.extractor == name_of(HOSTS[fixture.folder.parent.name])


def test_there_are_sites_in_several_languages() -> None:
    languages = {fixture.expected["in_language"] for fixture in FIXTURES}
    assert len(MODULES) >= 12
    assert {"cs", "de", "en", "es", "ko", "nb", "tr"} <= languages
