"""The dashboard of crawl health, drawn from the run reports."""

from archive.kibana.charts import chart, figure, table
from archive.kibana.columns import by_value, count, latest, moment, number, over_time
from archive.kibana.names import Names
from archive.kibana.objects import Control, Row, Saved, dashboard

ABOUT = (
    "Whether the crawls do their job: what each fetched, what failed and why, what waits. One document a "
    "crawl, written when it ends."
)
FAILED = "exit_code > 0"
OUTCOMES = {
    "archived": "Archived",
    "duplicates": "Duplicates",
    "robots": "Forbidden by robots.txt",
    "wall": "Behind a wall",
    "not_article": "No article",
    "gone": "Gone",
    "errors": "Failed",
}


def health(names: Names) -> Saved:
    """The dashboard."""
    view = names.runs
    return dashboard(
        names.dashboard("health"),
        f"Crawl health ({names.base})",
        ABOUT,
        rows=[_figures(view), _outcomes(view), _lists_and_backlog(view), _problems(view), _spiders(view)],
        controls=[
            Control(title="Spider", field="spider", view=view),
            Control(title="Machine", field="host", view=view),
        ],
        since="now-30d",
    )


def _figures(view: str) -> Row:
    pending = latest("Pending", "pending", "started_at")
    refused = number("Refused", "refused", "sum")
    return 6, [
        (8, figure("Runs", "Crawls that ended in the time range", view, count("Runs"))),
        (8, figure("With a problem", "Runs with exit code 1 or 2", view, count("Runs", only=FAILED))),
        (8, figure("Archived", "Pages with this outcome", view, number("Archived", "archived", "sum"))),
        (
            8,
            figure(
                "Failed", "Pages that could not be fetched or read", view, number("Failed", "errors", "sum")
            ),
        ),
        (8, figure("Refused", "Articles that the archive could not keep", view, refused)),
        (8, figure("Pending", "Pages left for the next run by the latest one", view, pending)),
    ]


def _outcomes(view: str) -> Row:
    by_outcome = {"x": over_time("Started", "started_at")} | {
        field: number(label, field, "sum") for field, label in OUTCOMES.items()
    }
    share = {
        "x": over_time("Started", "started_at"),
        "split": by_value("Spider", "spider", size=10, order="share"),
        "share": number("Share of failed pages", "failed_share", "average"),
    }
    about = (
        "Errors divided by pages fetched, mean of the runs; a crawl above its MAX_FAILED_SHARE ends with 1"
    )
    return 14, [
        (
            28,
            chart(
                "What became of the pages",
                "Outcomes of the pages, by start of the run",
                view,
                by_outcome,
                shape="bar_stacked",
            ),
        ),
        (20, chart("Share of failed pages", about, view, share, shape="line")),
    ]


def _lists_and_backlog(view: str) -> Row:
    lists = {
        "x": over_time("Started", "started_at"),
        "answered": number("Answered", "lists_answered", "sum"),
        "failed": number("No answer", "lists_failed", "sum"),
    }
    backlog = {
        "x": over_time("Started", "started_at"),
        "pending": number("Pending", "pending", "max"),
        "new": number("Newly announced", "announced_new", "sum"),
        "spooled": number("Spooled", "spooled", "sum"),
    }
    about = "Pages left at the end of a run (the most), newly announced, and articles spooled on disk"
    return 12, [
        (24, chart("Lists", "Feeds, sitemaps and front pages", view, lists, shape="bar_stacked")),
        (24, chart("Backlog", about, view, backlog, shape="line")),
    ]


def _problems(view: str) -> Row:
    problems = {
        "problem": by_value("Problem", "problem", size=50, order="last", others=False),
        "runs": count("Runs", only=FAILED),
        "last": moment("Last run", "started_at", "max"),
    }
    kinds = {"x": by_value("How", "error_kinds", size=15, order="runs", others=False), "runs": count("Runs")}
    left_out = {
        "x": by_value("Why", "left_out_kinds", size=15, order="runs", others=False),
        "runs": count("Runs"),
    }
    return 14, [
        (20, table("Problems", "Why runs did not do their job", view, problems)),
        (14, chart("How pages failed", "Runs in which it occurred", view, kinds, shape="bar_horizontal")),
        (
            14,
            chart(
                "Why pages were left out", "Runs in which it occurred", view, left_out, shape="bar_horizontal"
            ),
        ),
    ]


def _spiders(view: str) -> Row:
    columns = {
        "spider": by_value("Spider", "spider", size=20, order="runs", others=False),
        "runs": count("Runs"),
        "failed": count("With a problem", only=FAILED),
        "last": moment("Last run", "started_at", "max"),
        "seconds": number("Seconds (median)", "duration_seconds", "median"),
        "lists": number("Lists not read in full", "lists_problem", "sum"),
        "fetched": number("Fetched", "fetched", "sum"),
        "new": number("New or changed articles", "archived_new", "sum"),
        "copies": number("Copies", "copies", "sum"),
        "bytes": number("Received", "response_bytes", "sum"),
        "memory": number("Most memory", "memory_bytes", "max"),
        "logged": number("Errors in the log", "logged_errors", "sum"),
    }
    return 12, [(48, table("Spiders", "Each spider's runs in the time range", view, columns))]
