#!/usr/bin/env python3
"""Counts the alarms about sources without fault, and how soon those with a fault are told.

    python benchmarks/alarms.py [--sources 20] [--days 60] [--rounds 5] [--seed 1]

Made-up sources publish by a rhythm each: at all hours, by day, on weekdays only, slowly (one page a day and
less), in bursts; what they announce is seen by a crawl each hour, or once a day. After five weeks of history
the rules of crawler/ledger_alarms.py are asked once an hour about silence, once a day about pages. Pages have
dates, authors, images and lengths by shares of their own, at weekends by others; 1 % of them fail. Then the
same sources with a fault from the first day: how many are told, after how long. Exit code 1: more than one
alarm in a year of 20 sources without fault.
"""

import argparse
import random
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from crawler.ledger_alarms import Limits, missed, page_alarms
from crawler.ledger_figures import LENGTH_STEP, Pages, Sample

START = datetime(2026, 1, 5, tzinfo=UTC)
HISTORY = timedelta(weeks=5)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Source:
    """How a made-up outlet publishes."""

    rhythm: str
    a_day: float
    """Pages on a weekday."""
    polled_each: timedelta
    shares: dict[str, float]
    weekend: float
    """By how much the shares of date, author and image are less at weekends."""


def new_source(chance: random.Random, number: int) -> Source:
    """The n-th outlet."""
    rhythm = ("always", "by day", "weekdays", "slow", "bursts")[number % 5]
    a_day = 10 ** chance.uniform(-0.5, 0.3) if rhythm == "slow" else 10 ** chance.uniform(0.8, 2.2)
    shares = {fact: chance.choice((1.0, 0.95, 0.6, 0.3, 0.0)) for fact in ("date", "author", "image")}
    return Source(rhythm, a_day, DAY if number % 4 == 3 else HOUR, shares, chance.choice((1.0, 0.7, 0.5)))


def rate(source: Source, hour: datetime) -> float:
    """Pages expected in this hour."""
    weekend = hour.weekday() >= 5
    if source.rhythm == "weekdays":
        return source.a_day / 10 if not weekend and 8 <= hour.hour < 18 else 0.0
    if source.rhythm == "by day":
        return source.a_day / 16 * (0.5 if weekend else 1) if hour.hour >= 6 and hour.hour < 22 else 0.0
    return source.a_day / 24 * (0.6 if weekend else 1)


def poisson(chance: random.Random, mean: float) -> int:
    """A number of events."""
    number, passed = 0, chance.expovariate(1)
    while passed < mean:
        number, passed = number + 1, passed + chance.expovariate(1)
    return number


def published(chance: random.Random, source: Source, days: int) -> Iterator[tuple[datetime, int]]:
    """Pages seen by each reading of the source's list."""
    waiting, hour = 0, START
    while hour < START + HISTORY + days * DAY:
        mean = rate(source, hour)
        if source.rhythm == "bursts":  # ten at a time, or one
            waiting += sum(chance.choice((1, 1, 10)) for _ in range(poisson(chance, mean / 4)))
        else:
            waiting += poisson(chance, mean)
        hour += HOUR
        if waiting and (source.polled_each == HOUR or hour.hour == 6):
            yield hour, waiting
            waiting = 0


def silences(seen: list[tuple[datetime, int]], days: int) -> Iterator[datetime]:
    """The hours at which the source counts as silent."""
    hours = [hour for hour, _ in seen]
    for number in range(int((days * DAY) / HOUR)):
        moment = START + HISTORY + number * HOUR + timedelta(minutes=30)
        place = bisect_right(hours, moment)
        if place and missed(hours[:place], hours[place - 1], moment, LIMITS):
            yield moment


def silent_after(seen: list[tuple[datetime, int]], days: int) -> timedelta | None:
    """How long after the last page before the end of the history a dead source is told."""
    hours = [hour for hour, _ in seen if hour <= START + HISTORY]
    for number in range(int((days * DAY) / HOUR)):
        moment = START + HISTORY + number * HOUR + timedelta(minutes=30)
        if hours and missed(hours, hours[-1], moment, LIMITS):
            return moment - (START + HISTORY)
    return None


def day_sample(chance: random.Random, source: Source, day: datetime, number: int, fault: str = "") -> Sample:
    """What became of the pages of a day."""
    sample, lower = Sample(), source.weekend if day.weekday() >= 5 else 1.0
    for _ in range(number):
        state = "error" if chance.random() < (1.0 if fault == "errors" else 0.01) else "archived"
        if state == "archived" and chance.random() < 0.03:
            state = "not_article"
        if fault == "text" and state == "archived":
            state = "not_article"
        sample.outcomes[state] += 1
        if state != "archived":
            continue
        sample.measured += 1
        for fact, share in source.shares.items():
            gone = fault == "layout" and fact != "image"
            sample.facts[fact] += int(not gone and chance.random() < share * lower)
        length = int(chance.lognormvariate(7.8, 0.7))
        sample.lengths[length // LENGTH_STEP * LENGTH_STEP] += 1
    return sample


def page_kinds(
    chance: random.Random, source: Source, seen: list[tuple[datetime, int]], days: int, fault: str = ""
) -> Iterator[tuple[int, str]]:
    """Day and figure of each alarm about the source's pages; `fault`: from the end of the history on."""
    counts: Counter[int] = Counter()
    for hour, number in seen:
        counts[(hour - START) // DAY] += number
    first = HISTORY // DAY
    samples = [
        day_sample(chance, source, START + day * DAY, counts[day], fault if day >= first else "")
        for day in range(first + days)
    ]
    for day in range(first, first + days):
        recent, back = Sample(), 0
        while back < 7 and (back == 0 or recent.settled < LIMITS.min_pages):
            recent.merge(samples[day - back])
            back += 1
        usual = [sample for sample in samples[max(day - 34, 0) : day - 6] if sample.settled]
        pages = Pages(recent=recent, days=usual)
        for alarm in page_alarms("s", pages, LIMITS, "x"):
            yield day - first, alarm.what


def main() -> int:
    """Print the table; 1 if there were too many false alarms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name, default in (("sources", 20), ("days", 60), ("rounds", 5), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    given = parser.parse_args()
    chance = random.Random(given.seed)
    false: Counter[str] = Counter()
    told: dict[str, list[float | None]] = {}
    for _ in range(given.rounds):
        for number in range(given.sources):
            source = new_source(chance, number)
            seen = list(published(chance, source, given.days))
            false["silent"] += len({moment.date() for moment in silences(seen, given.days)})
            false.update(what for _, what in page_kinds(chance, source, seen, given.days))
            after = silent_after(seen, 28)
            name = f"silent ({source.rhythm}{', read once a day' if source.polled_each == DAY else ''})"
            told.setdefault(name, []).append(after / DAY if after is not None else None)
            if source.a_day < 5:
                continue
            for fault, whats in (
                ("errors", ("errors",)),
                ("text", ("articles",)),
                ("layout", ("date", "author")),
            ):
                if fault == "layout" and not source.shares["date"] and not source.shares["author"]:
                    continue
                days = [day for day, what in page_kinds(chance, source, seen, 7, fault) if what in whats]
                told.setdefault(fault, []).append(min(days) + 1 if days else None)
    years = given.rounds * given.sources * given.days / 365
    print(
        f"without fault: {given.rounds * given.sources} sources, {given.days} days: {years:.1f} source-years"
    )
    for what in ("silent", "errors", "articles", "date", "author", "image", "text"):
        print(f"  days with a false alarm {what:<10} {false[what]}")
    for name, days_after in sorted(told.items()):
        found = [day for day in days_after if day is not None]
        when = f"after {median(found):.1f} days (median), {max(found):.1f} (latest)" if found else ""
        print(f"{name}: {len(found)} of {len(days_after)} told {when}")
    return 1 if false.total() > years / 20 else 0


if __name__ == "__main__":
    sys.exit(main())
