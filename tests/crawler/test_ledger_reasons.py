"""The list of reasons is the one of the code and of docs/ledger.md."""

import ast
import re
from pathlib import Path
from typing import get_args

import pytest

from crawler import settling
from crawler.extractors.errors import Reason
from crawler.ledger_reasons import REASONS, listed
from crawler.ledger_records import OUTCOMES

ROOT = Path(__file__).resolve().parents[2]
WRITERS = ("settling.py", "checks.py", "spiders/articles.py")
"""Where URLs get their outcome."""


def literals() -> set[tuple[str, str]]:
    """(outcome, reason) as the code has them: calls of settle and fail, and the tables of settling.py."""
    found: set[tuple[str, str]] = set()
    for name in WRITERS:
        for node in ast.walk(ast.parse((ROOT / "crawler" / name).read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            texts = [str(arg.value) for arg in node.args if isinstance(arg, ast.Constant)]
            if node.func.attr == "settle" and len(texts) == 2:
                found.add((texts[0], texts[1]))
            elif node.func.attr == "fail" and texts:
                found.add(("error", texts[0]))
    tables = [*settling._DROPS.values(), *settling._FOR_GOOD.values()]
    return found | {(outcome, reason) for outcome, reason in tables if reason}


def test_each_reason_of_the_code_is_listed() -> None:
    found = literals()
    assert ("error", "stage_failed") in found
    assert ("error", "unreadable") in found
    for outcome, reason in found:
        assert reason in REASONS[outcome]
    for kind in get_args(Reason):
        assert kind in REASONS["wall" if kind.endswith("_wall") else "not_article"]
    for status in settling._GONE:
        assert f"http_{status}" in REASONS["gone"]
    assert tuple(REASONS) == OUTCOMES


def test_the_documented_list_is_that_of_the_code() -> None:
    text = (ROOT / "docs" / "ledger.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?:`(\w+)` )?\| (?:`(\w+)` )?\|", text, re.MULTILINE)
    documented, outcome = set(), ""
    for named, reason in rows:
        outcome = named or outcome
        documented.add((outcome, reason))
    listed_pairs = {(outcome, reason) for outcome, reasons in REASONS.items() for reason in reasons or [""]}
    assert {pair for pair in documented if pair[0] in OUTCOMES} == listed_pairs


@pytest.mark.parametrize(
    ("outcome", "reason", "shown"),
    [
        ("error", "http_503", "http_503"),
        ("error", "http_50x", "other"),
        ("error", "zero_division", "other"),
        ("error", "download_timeout", "download_timeout"),
        ("robots", "", "robots_txt"),
        ("duplicate", "same text as http://a.example/", ""),
        ("archived", "http_503", ""),
        ("wall", "bot_wall", "bot_wall"),
    ],
)
def test_what_is_not_on_the_list_is_other(outcome: str, reason: str, shown: str) -> None:
    assert listed(outcome, reason) == shown
