"""What each step of the generic extractor adds to the text, and what it costs.

    python benchmarks/ablation.py DIR [--sets aeb,fundus]   # DIR as for benchmarks/extraction.py

Each step is left out alone; the loss of F1 is what it adds to the others (points of .0001), the time that is
saved is its cost. The first line is `read` as it is, the last trafilatura within it alone.
"""

import argparse
import logging
import sys
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.extraction import WARM_UP, Row, load_rows, load_scorer, predict, run
from crawler.extractors import boxes, generic
from crawler.extractors.line_facts import Facts, Line
from crawler.extractors.lines import Cleaned

SETS = ("aeb", "fundus", "np4k", "traf", "wcxb")
"""The sets whose gold has a text."""


def _no_filter(lines: Iterable[Line], _: Facts) -> Cleaned:
    return Cleaned([line for line in lines if line.text], [])


STEPS: dict[str, tuple[str, Any]] = {
    "boxes": ("without_boxes", lambda tree, _: boxes.paragraphs(tree)),
    "second reading": ("LOST", 0.0),
    "restored": ("restored", lambda lines, _: lines),
    "text in JSON": ("_is_client_rendered", lambda *_: False),
    "line filter": ("clean", _no_filter),
    "standfirst": ("_visible_standfirst", lambda *_: ""),
}
"""Step -> the name in `generic` that does it, and what stands there when it is left out."""


def measure(folder: Path, rows: Sequence[Row], without: Iterable[str]) -> tuple[dict[str, float], float]:
    """F1 by set, and milliseconds of CPU a page, without these steps."""
    with ExitStack() as changes:
        for step in without:
            changes.enter_context(patch.object(generic, *STEPS[step]))
        found, times = run(folder, rows, predict)
    scores = load_scorer(folder).score(rows, found, None)
    return {name: score["f1"] for name, score in scores.items()}, 1000 * sum(t for t, _ in times) / len(rows)


def main() -> None:
    """Parse the arguments and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="folder with pages.jsonl, html/ and score.py")
    parser.add_argument("--sets", default=",".join(SETS), help="only these sets, separated by commas")
    arguments = parser.parse_args()
    logging.disable(logging.CRITICAL)
    if not (arguments.folder / "pages.jsonl").is_file():
        parser.error(f"{arguments.folder}: no pages.jsonl; give the folder with pages.jsonl and score.py")
    sets = arguments.sets.split(",")
    rows = [row for row in load_rows(arguments.folder) if row["set"] in sets]
    run(arguments.folder, rows[:WARM_UP], predict)
    whole, cost = measure(arguments.folder, rows, ())
    _print("without", sets, "{:>8s}".format, sets, "ms")
    _print("nothing", sets, "{:8.4f}".format, whole, f"{cost:.1f}")
    for step in STEPS:
        scores, spent = measure(arguments.folder, rows, (step,))
        losses = {name: 10_000 * (scores[name] - whole[name]) for name in whole}
        _print(step, sets, "{:+8.0f}".format, losses, f"{spent - cost:+.1f}")
    scores, spent = measure(arguments.folder, rows, STEPS)
    _print("all of them", sets, "{:8.4f}".format, scores, f"{spent:.1f}")


def _print(name: str, sets: Sequence[str], form: Callable[[Any], str], values: Any, last: str) -> None:
    cells = (form(values[key] if isinstance(values, dict) else key) for key in sets)
    print(f"{name:16s}" + "".join(cells) + f"{last:>8s}", flush=True)


if __name__ == "__main__":
    main()
