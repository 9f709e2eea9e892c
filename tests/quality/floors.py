"""Floors of extraction quality: kept in floors.json, they only rise.

    python -m tests.quality.floors [DIR] [--whole]

measures the own-made pages, and a sample of the pages in DIR (all of them with --whole), raises the floors to
what was measured and tells which figures lie below theirs; those stay.
"""

import argparse
import json
import logging
import math
import statistics
from collections import Counter
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks import extraction
from crawler.extractors.folding import fold, grams
from crawler.fixtures.compare import FIELDS
from crawler.fixtures.store import load_all

ROOT = Path(__file__).resolve().parents[2]
FILE = Path(__file__).with_name("floors.json")
SHARED = ROOT.parent / "shared" / "extraction"
"""Development pages with gold and scorer; no part of the project."""

EVERY = 24
"""One page in so many is in the sample."""

Figures = dict[str, float]
"""Name of a figure, such as "aeb f1" -> its value, 0 to 1."""


def measure_own() -> Figures:
    """The own-made pages: share of fields that are right, mean F1 of the texts' runs of four words."""
    right = total = 0
    scores = []
    for fixture in load_all(ROOT):
        reading = fixture.read()
        checked = [name for name in fixture.expected if name in ("kind", *FIELDS)]
        wrong = {difference.field for difference in fixture.differences(reading)}
        total += len(checked)
        right += 0 if "kind" in wrong else len([name for name in checked if name not in wrong])
        if fixture.expected.get("article_body"):
            found = reading.article.article_body if reading.article else ""
            scores.append(text_f1(fixture.expected["article_body"], found))
    return {"fields": right / total, "text": sum(scores) / len(scores)}


def text_f1(expected: str, found: str) -> float:
    """F1 of runs of four words, each counted as often as it occurs."""
    wanted, got = Counter(grams(fold(expected))), Counter(grams(fold(found)))
    return 2 * sum((wanted & got).values()) / max(1, wanted.total() + got.total())


def in_sample(identifier: str) -> bool:
    """Whether a page is in the sample: by its id, so that the sample stays when pages are added."""
    return int(sha256(identifier.encode()).hexdigest(), 16) % EVERY == 0


def measure_sample(folder: Path) -> Figures:
    """The sample of the folder's pages, all sets together: a page's text by its F1, fields right or not."""
    scorer = extraction.load_scorer(folder)
    rows = [row for row in extraction.load_rows(folder) if in_sample(row["id"])]
    found, _ = extraction.run(folder, rows, extraction.predict)
    values: dict[str, list[float]] = {}
    for row in rows:
        for name, value in extraction.page_score(scorer, row, found[row["id"]]).items():
            values.setdefault(name, []).append(value)
    return {name: statistics.mean(values[name]) for name in sorted(values)}


def measure_whole(folder: Path) -> Figures:
    """All pages of the folder, by set."""
    scorer = extraction.load_scorer(folder)
    rows = extraction.load_rows(folder)
    found, _ = extraction.run(folder, rows, extraction.predict)
    names = ("f1", "title", "auth", "date", "lang")
    scores = scorer.score(rows, found, None).items()
    return {f"{key} {name}": score[name] for key, score in scores for name in names if name in score}


def floors(part: str) -> Figures:
    """The floors of "own", "sample" or "whole"; {} before there are any."""
    kept = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    return dict(kept.get(part, {}).get("floors", {}))


def below(part: str, figures: Figures) -> list[str]:
    """What lies below its floor, in words."""
    return [
        f"{part}: {name} is {figures.get(name, 0.0):.4f}, its floor {floor:.4f}"
        for name, floor in floors(part).items()
        if figures.get(name, 0.0) < floor
    ]


def raised(old: Figures, figures: Figures) -> Figures:
    """The floors after a measurement: rounded down to four digits, none lower than before."""
    new = {name: math.floor(value * 10_000) / 10_000 for name, value in figures.items()}
    return {name: max(new.get(name, 0.0), old.get(name, 0.0)) for name in sorted({*new, *old})}


def update(part: str, figures: Figures, command: str) -> None:
    """Raise the floors of a part in the file."""
    kept: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8")) if FILE.exists() else {}
    day = datetime.now(UTC).date().isoformat()
    kept[part] = {"date": day, "command": command, "floors": raised(floors(part), figures)}
    FILE.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Measure, tell, raise."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", nargs="?", type=Path, help="folder with pages.jsonl, html/ and score.py")
    parser.add_argument("--whole", action="store_true", help="all its pages, not the sample")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    measured = {"own": (measure_own(), "python -m tests.quality.floors")}
    if arguments.folder:
        part = "whole" if arguments.whole else "sample"
        command = "python -m tests.quality.floors DIR" + (" --whole" if arguments.whole else "")
        measure = measure_whole if arguments.whole else measure_sample
        measured[part] = (measure(arguments.folder), command)
    for part, (figures, command) in measured.items():
        for name, value in figures.items():
            print(f"{part} {name}: {value:.4f}")
        print("\n".join(below(part, figures)) or f"{part}: nothing below its floor")
        update(part, figures, command)


if __name__ == "__main__":
    main()
