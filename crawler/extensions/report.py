"""The run report: what was announced and what became of it; and whether the crawl did its job."""

import sys
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TextIO

from scrapy import signals

from archive.article import Article
from archive.base import Archive
from archive.errors import ArchiveAway, StorytrailError
from archive.run import Run
from crawler.extensions.run_record import LEFT_OUT, kinds, run_of
from crawler.ledger_records import CHECK_RESULTS, OUTCOMES
from pipelines.opened import archive_at, state_dir

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings
    from scrapy.statscollectors import StatsCollector


class Report:
    """Prints the report on standard error when the crawl has ended; sets the stat `report/exit_code`.

    Exit code 0: the crawl did its job. 1: no list answered, too many fetches failed (MAX_FAILED_SHARE),
    nothing but failures, an article was refused, or the crawl was stopped. 2: wrong arguments or settings.
    """

    def __init__(self, crawler: "Crawler") -> None:
        self._crawler = crawler
        self._reason = ""

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> "Report":
        """Called by Scrapy."""
        report = cls(crawler)
        crawler.signals.connect(report.spider_closed, signals.spider_closed)
        crawler.signals.connect(report.engine_stopped, signals.engine_stopped)
        return report

    def spider_closed(self, reason: str) -> None:
        """Remember why the crawl ended."""
        self._reason = reason

    def engine_stopped(self) -> None:
        """Print the report; everything is closed by now."""
        stats, settings = self._crawler.stats, self._crawler.settings
        problem = self._problem()
        code = 2 if stats.get_value("report/usage_error") else 1 if problem else 0
        stats.set_value("report/exit_code", code)
        related = getattr(self._crawler.spider, "related", None) or {}
        # standard output, as any result; unless `-o -` sends the articles there
        taken = any(str(uri).startswith("stdout:") for uri in settings.getdict("FEEDS"))
        _write(sys.stderr if taken else sys.stdout, ranking(related))
        run = run_of(stats, settings, self._crawler.spidercls.name, problem, code)
        done = stats.get_value("lists/answered") or any(
            stats.get_value(f"ledger/{name}") for name in OUTCOMES
        )
        shown = [] if code == 2 and not done else [*counts(stats), *places(settings, run)]
        lines = ["", *(f"{name:>12}  {value}" for name, value in shown)]
        if problem:
            lines.append(f"{self._crawler.spidercls.name}: {problem}")
        _write(sys.stderr, lines)

    def _problem(self) -> str:
        """Why the crawl did not do its job, in one line; empty where it did."""
        stats, settings = self._crawler.stats, self._crawler.settings
        if stats.get_value("report/problem"):
            return str(stats.get_value("report/problem"))
        if self._reason not in (
            "finished",
            "closespider_itemcount",
            "closespider_timeout",
            "closespider_pagecount",
        ):
            return f"stopped before its end ({self._reason}); the same command goes on where it stopped"
        due = stats.get_value("lists/count", 0) - stats.get_value("lists/not_due", 0)
        if due and not stats.get_value("lists/answered", 0):
            return f"none of {due} lists answered; see `scrapy sources check`"
        if stats.get_value("stage/store/refused"):
            return (
                f"{stats.get_value('stage/store/refused')} articles were refused by the archive; see the log"
            )
        settled = {outcome: stats.get_value(f"ledger/{outcome}", 0) for outcome in OUTCOMES}
        fetched, failed = sum(settled.values()), settled["error"]
        enough = fetched >= settings.getint("MIN_FETCHES_FOR_SHARE")
        if failed and (
            failed == fetched or (enough and failed > settings.getfloat("MAX_FAILED_SHARE") * fetched)
        ):
            return f"{failed} of {fetched} pages failed; see the reasons above"
        return ""


def _write(stream: TextIO, lines: list[str]) -> None:
    encoding = stream.encoding or "utf-8"
    text = "".join(f"{line}\n" for line in lines).encode(encoding, "backslashreplace").decode(encoding)
    with suppress(BrokenPipeError):
        stream.write(text)
        stream.flush()


def counts(stats: "StatsCollector") -> list[tuple[str, str]]:
    """The lines of the report: name and value."""
    get = stats.get_value
    new = get("ledger/announced/new", 0)
    pending = get("ledger/announced/pending", 0) + get("ledger/announced/leased", 0)
    settled = sum(get(f"ledger/announced/{outcome}", 0) for outcome in OUTCOMES)
    fetched = sum(get(f"ledger/{outcome}", 0) for outcome in OUTCOMES)
    lines = []
    if get("lists/count"):
        lists = f"{get('lists/answered', 0)} of {get('lists/count')} answered"
        if get("lists/problem"):
            lists += f", {get('lists/problem')} with a problem"
        if get("lists/not_due"):
            lists += f", {get('lists/not_due')} not due yet"
        lines.append(("lists", lists))
    lines += [
        ("announced", f"{new} new, {pending} from earlier runs, {settled} settled before"),
        ("fetched", str(fetched)),
        (
            "archived",
            f"{get('stage/store/stored', 0)} new or changed, {get('stage/store/unchanged', 0)} unchanged"
            + (f", {get('stage/store/spooled')} into the spool" if get("stage/store/spooled") else ""),
        ),
        *_checks(stats),
        ("duplicates", f"{get('ledger/duplicate', 0)}, and {get('stage/duplicates/copy', 0)} copies marked"),
        ("left out", _reasons(stats, LEFT_OUT)),
        ("errors", _reasons(stats, ("error",))),
        ("pending", _pending(stats)),
    ]
    if get("ledger/known_missing"):
        missing = f"{get('ledger/known_missing')} that the ledger calls archived are not in this archive"
        lines.append(
            ("missing", f"{missing}; bring them (scrapy archive copy), or give it a STATE_DIR of its own")
        )
    same, other = get("stage/related/same-language", 0), get("stage/related/other-language", 0)
    if same or other or get("stage/related/none"):
        scored = same + other + get("stage/related/none", 0)
        lines.append(
            ("related", f"{same + other} of {scored}: {same} in the seed's language, {other} in others")
        )
    return lines


def _checks(stats: "StatsCollector") -> list[tuple[str, str]]:
    """What became of the archived pages that were looked at again."""
    counted = {result: stats.get_value(f"ledger/check/{result}", 0) for result in CHECK_RESULTS}
    if not any(counted.values()):
        return []
    return [("checked", ", ".join(f"{count} {result}" for result, count in counted.items() if count))]


def places(settings: "BaseSettings", run: Run) -> list[tuple[str, str]]:
    """Where everything is; the archive gets its record of the run."""
    try:
        with closing(archive_at(settings)) as archive:
            archive.keep_run(run)
            kept = _kept(archive)
    except StorytrailError as error:  # the report must not fail where the crawl did not
        kept = str(error)
    return [("archive", kept), ("state", str(state_dir(settings)))]


def _kept(archive: Archive) -> str:
    try:
        kept = f"{archive.count()} articles in {archive.location}"
    except ArchiveAway as error:
        kept = str(error)
    waiting = f"; {archive.spooled} wait in the spool until it is back" if archive.spooled else ""
    return kept + waiting


def ranking(related: dict[str, Article]) -> list[str]:
    """The related articles, best first and equals by address, each with the reason."""
    best = sorted(
        related.values(),
        key=lambda article: (-max(relation.rank for relation in article.relations), article.url),
    )
    return [line for number, article in enumerate(best, 1) for line in _entry(number, article)]


def _entry(number: int, article: Article) -> list[str]:
    relation = max(article.relations, key=lambda relation: relation.rank)
    date = f"{article.date_published:%Y-%m-%d}" if article.date_published else "no date"
    copy = f" (copy of {article.copy_of.url})" if article.copy_of else ""
    about = f"{article.in_language:<2}  {date}  {article.site}  {article.headline}{copy}"
    return [
        f"{number:>3}. {relation.rank:.2f}  {about}",
        f"       {article.url}",
        f"       {reason(relation.evidence, relation.days_apart)}",
    ]


def reason(evidence: dict[str, list[str]], days_apart: float | None) -> str:
    """Why two articles are related, in one line."""
    parts = [f"{kind}: {', '.join(found[:5])}" for kind, found in evidence.items() if found]
    if days_apart is not None:
        parts.append(f"{days_apart:.1f} days apart")
    return "; ".join(parts)


def _pending(stats: "StatsCollector") -> str:
    elsewhere = stats.get_value("ledger/leased_elsewhere", 0)
    held = f", {elsewhere} of them in the hands of another crawl with the same job" if elsewhere else ""
    return f"{stats.get_value('ledger/pending', 0)}{held}"


def _reasons(stats: "StatsCollector", outcomes: tuple[str, ...]) -> str:
    values: dict[str, Any] = stats.get_stats()
    total = sum(values.get(f"ledger/{outcome}", 0) for outcome in outcomes)
    found = kinds(values, outcomes)
    named = ", ".join(f"{name} {count}" for name, count in sorted(found.items()))
    return f"{total}" + (f": {named}" if found else "")
