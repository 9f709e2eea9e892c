"""Everything a user can touch is documented, and every page that the docs name exists."""

import ast
import dataclasses
import inspect
import re
from pathlib import Path

import pytest
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader

import crawler.settings
from archive.article import Article, Change, CopyOf, Image, RawPage, Relation
from crawler.ledger_records import OUTCOMES
from pipelines import STAGES

ROOT = Path(__file__).resolve().parents[1]
DOCS = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}


def our_settings() -> list[str]:
    return [
        name
        for name in dir(crawler.settings)
        if name.isupper() and not name.startswith("_") and name != "STAGES"
    ]


@pytest.mark.parametrize("name", our_settings())
def test_each_setting_is_documented(name: str) -> None:
    assert f"`{name}`" in DOCS["settings.md"]


def test_each_command_is_documented() -> None:
    text = "\n".join(DOCS.values())
    for path in (ROOT / "crawler" / "commands").glob("[a-z]*.py"):
        assert f"scrapy {path.stem}" in text, path.stem


def test_each_spider_and_argument_is_documented() -> None:
    settings = Settings()
    settings.setmodule(crawler.settings)
    loader = SpiderLoader.from_settings(settings)
    for name in loader.list():
        assert f"## {name}" in DOCS["crawl.md"], name
        for argument in loader.load(name).arguments.model_fields:  # type: ignore[attr-defined]
            assert f"`{argument}`" in DOCS["crawl.md"], f"{name}: {argument}"


@pytest.mark.parametrize("record", [Article, Change, Image, RawPage, Relation, CopyOf])
def test_each_field_is_documented(record: type) -> None:
    body = ast.parse(inspect.getsource(record)).body[0]
    assert isinstance(body, ast.ClassDef)
    documented = {
        before.target.id
        for before, after in zip(body.body, body.body[1:], strict=False)
        if isinstance(before, ast.AnnAssign)
        and isinstance(before.target, ast.Name)
        and isinstance(after, ast.Expr)
        and isinstance(after.value, ast.Constant)
    }
    names = {field.name for field in dataclasses.fields(record)}
    assert names <= documented
    for name in names:
        assert f"`{name}`" in DOCS["article.md"], name


def test_each_stage_outcome_and_stat_is_documented() -> None:
    for path in STAGES:
        assert f"`{path.rpartition('.')[2]}`" in DOCS["crawl.md"]
    for outcome in OUTCOMES:
        assert f"`{outcome}`" in DOCS["crawl.md"]
    sources = [*(ROOT / "crawler").rglob("*.py"), *(ROOT / "pipelines").rglob("*.py")]
    for path in sources:
        for stat in re.findall(r'_value\(\s*f?"([^"]+)"', path.read_text(encoding="utf-8")):
            shown = re.sub(r"\{[^}]*\}", "...", stat)
            if "/" in stat and not stat.startswith(("report/", "ledger/{", "{")):
                assert f"`{shown}`" in DOCS["crawl.md"], f"{path.name}: {shown}"


def test_links_between_docs_lead_somewhere() -> None:
    pages = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / target).exists(), f"{page.name} -> {target}"
