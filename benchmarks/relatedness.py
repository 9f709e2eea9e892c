#!/usr/bin/env python3
"""Measures pipelines/text/similarity.py on texts with graded pairs, and prints one line per figure.

DATA is a folder with docs.jsonl, pairs.jsonl and score.py (the development half is ../shared/relatedness).
Retrieval compares every text of the corpus with every other: 2,200 texts take about 3 minutes of one core.
To tune a number of pipelines/text, change it there and run this again; tune on the development half only.
"""

import argparse
import importlib.util
import itertools
import json
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from pipelines.text.fingerprint import containment, fingerprint  # noqa: E402
from pipelines.text.similarity import THRESHOLDS, Kind, Profile, compare, profile  # noqa: E402

Doc = dict[str, Any]
Scores = dict[str, dict[str, float]]
GRADED, TRANSLATED = "semeval22t8", "ntrex"
STUB_WORDS = (40, 60)


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, nargs="?", default=ROOT / "../shared/relatedness", metavar="DATA")
    parser.add_argument(
        "--only", choices=("speed", "retrieval", "pairs", "translations", "stubs"), action="append"
    )
    options = parser.parse_args()
    if not (options.data / "score.py").exists():
        parser.error(
            f"no score.py in {options.data}: give the folder that holds docs.jsonl, pairs.jsonl, score.py"
        )
    scorer = load_scorer(options.data)
    docs, pairs = scorer.load(str(options.data))
    parts: dict[str, Callable[[], Iterable[dict[str, Any]]]] = {
        "speed": lambda: speed(docs),
        "pairs": lambda: graded_pairs(scorer, docs, pairs),
        "translations": lambda: translations(docs),
        "stubs": lambda: stubs(docs),
        "retrieval": lambda: retrieval(scorer, docs, pairs),
    }
    for name, part in parts.items():
        if not options.only or name in options.only:
            for line in part():
                print(json.dumps({"part": name, **line}, ensure_ascii=False), flush=True)


def load_scorer(data: Path) -> ModuleType:
    """The data's own scorer, as a module."""
    spec = importlib.util.spec_from_file_location("relatedness_score", data / "score.py")
    if spec is None or spec.loader is None:
        raise FileNotFoundError(data / "score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def profile_of(doc: Doc) -> Profile:
    """The profile of one text of the data."""
    day = datetime.fromisoformat(doc["date"][:10]).replace(tzinfo=UTC) if doc["date"] else None
    return profile(headline=doc["title"] or "", text=doc["text"], language=doc["lang"], date=day)


def speed(docs: dict[str, Doc]) -> Iterable[dict[str, Any]]:
    """CPU time of a profile and a comparison, once the word lists are loaded."""
    sample = [
        doc for doc in docs.values() if 250 < len(doc["text"].split()) < 650 and doc["corpus"] == GRADED
    ]
    half = len(sample) // 2
    for doc in (*sample[:half], *{doc["lang"]: doc for doc in sample}.values()):
        profile_of(doc)
    times = [time.process_time()]
    for _ in range(2):
        profiles = [profile_of(doc) for doc in sample[half:]]
        times.append(time.process_time())
    for one, two in itertools.pairwise(profiles):
        compare(one, two, seed_id="")
    times.append(time.process_time())
    each = [(end - start) / half * 1000 for start, end in itertools.pairwise(times)]
    yield {
        "texts": half,
        "words": round(statistics.mean(len(doc["text"].split()) for doc in sample)),
        "profile_ms_first_seen": round(each[0], 2),
        "profile_ms_words_known": round(each[1], 2),
        "compare_ms": round(each[2], 3),
    }


def graded_pairs(scorer: ModuleType, docs: dict[str, Doc], pairs: list[Doc]) -> Iterable[dict[str, Any]]:
    """F1 of "the same story" at our thresholds, and the best there is on these pairs."""
    pairs = [pair for pair in pairs if pair["corpus"] == GRADED]
    profiles = {name: profile_of(docs[name]) for pair in pairs for name in (pair["a"], pair["b"])}
    kinds: tuple[tuple[Kind, bool], ...] = (("same-language", False), ("other-language", True))
    for kind, cross in kinds:
        chosen = [pair for pair in pairs if pair["cross"] == cross]
        scores = [compare(profiles[pair["a"]], profiles[pair["b"]], seed_id="").score for pair in chosen]
        same = [pair["overall"] <= 2 for pair in chosen]
        at = [threshold / 100 for threshold in range(4, 41, 2)]
        yield {
            "kind": kind,
            "pairs": len(chosen),
            "f1_precision_recall": rounded(scorer.f1_at(scores, same, THRESHOLDS[kind])),
            "best_f1_threshold": rounded(scorer.best_threshold(scores, same)),
            "f1_by_threshold": {
                threshold: round(scorer.f1_at(scores, same, threshold)[0], 3) for threshold in at
            },
        }


def retrieval(scorer: ModuleType, docs: dict[str, Doc], pairs: list[Doc]) -> Iterable[dict[str, Any]]:
    """NDCG@10 and recall within a language, across languages without copies, and between German and
    English."""
    docs = {name: doc for name, doc in docs.items() if doc["corpus"] == GRADED}
    pairs = [pair for pair in pairs if pair["corpus"] == GRADED]
    scores = all_scores(docs)
    grades = scorer.qrels(docs, pairs, GRADED)

    def same_article(one: str, two: str) -> bool:
        return bool(docs[one].get("article")) and docs[one].get("article") == docs[two].get("article")

    def natural(one: str, two: str) -> bool:
        return all(docs[name]["lang"] in ("de", "en") and not docs[name].get("mt") for name in (one, two))

    def across(one: str, two: str) -> bool:
        return docs[one]["lang"] != docs[two]["lang"] and not same_article(one, two)

    for name, wanted in (
        ("mono", lambda one, two: docs[one]["lang"] == docs[two]["lang"]),
        ("cross, no copies", across),
        ("de-en, natural, no copies", lambda one, two: across(one, two) and natural(one, two)),
    ):
        kept = {
            query: {doc: grade for doc, grade in row.items() if wanted(query, doc)}
            for query, row in grades.items()
        }
        kept = {query: row for query, row in kept.items() if any(grade >= 2 for grade in row.values())}
        ranked = {query: best((d, s) for d, s in scores[query].items() if wanted(query, d)) for query in kept}
        yield {"set": name, **scorer.retrieval(kept, ranked)}


def all_scores(docs: dict[str, Doc]) -> Scores:
    """The score of every pair of texts, both ways."""
    profiles = {name: profile_of(doc) for name, doc in docs.items()}
    scores: Scores = defaultdict(dict)
    for at, (one, one_profile) in enumerate(profiles.items()):
        for two, two_profile in list(profiles.items())[at + 1 :]:
            scores[one][two] = scores[two][one] = compare(one_profile, two_profile, seed_id="").score
    return scores


def best(scored: Iterable[tuple[str, float]]) -> list[str]:
    """The hundred best."""
    return [name for name, _ in sorted(scored, key=lambda entry: -entry[1])[:100]]


def translations(docs: dict[str, Doc]) -> Iterable[dict[str, Any]]:
    """How scores of translations and of other texts lie in each language: German queries, no dates."""
    by_language: dict[str, dict[str, Profile]] = defaultdict(dict)
    for doc in docs.values():
        if doc["corpus"] == TRANSLATED:
            by_language[doc["lang"]][doc["story"]] = profile_of({**doc, "date": ""})
    for language, profiles in sorted(by_language.items()):
        if language == "de":
            continue
        right: list[float] = []
        wrong: list[float] = []
        first = 0
        for story, query in by_language["de"].items():
            scores = {name: compare(query, other, seed_id="").score for name, other in profiles.items()}
            first += max(scores, key=scores.__getitem__) == story
            right.append(scores.pop(story))
            wrong += scores.values()
        yield {
            "language": language,
            "first": round(first / len(right), 2),
            "translations_mean": round(statistics.mean(right), 3),
            "others_percentile_99": round(statistics.quantiles(wrong, n=100)[98], 3),
        }


def stubs(docs: dict[str, Doc]) -> Iterable[dict[str, Any]]:
    """Beginnings of texts that share half their fingerprint with the beginning of another story's text."""
    for size in STUB_WORDS:
        marks = {
            name: fingerprint(" ".join(doc["text"].split()[:size]), doc["lang"])
            for name, doc in docs.items()
            if len(doc["text"].split()) > 1.5 * size
        }
        holders: dict[int, list[str]] = defaultdict(list)
        for name, mark in marks.items():
            for value in mark:
                holders[value].append(name)
        near = {(one, two) for names in holders.values() for one in names for two in names if one < two}
        copies = [(one, two) for one, two in near if containment(marks[one], marks[two]) >= 0.5]
        false = sum(docs[one]["story"] != docs[two]["story"] for one, two in copies)
        yield {"words": size, "texts": len(marks), "half_shared": len(copies), "of_other_stories": false}


def rounded(values: Iterable[float]) -> list[float]:
    """Three digits."""
    return [round(value, 3) for value in values]


if __name__ == "__main__":
    main()
