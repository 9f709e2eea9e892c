"""The dashboard of the whole archive: languages, outlets, sections, access, copies, lengths, over time."""

from archive.kibana.charts import chart, figure, shares, table
from archive.kibana.columns import by_span, by_value, count, distinct, moment, number, over_time
from archive.kibana.names import Names
from archive.kibana.objects import Control, Row, Saved, dashboard

ABOUT = (
    "What the archive holds, by date of publication. Articles without one are counted by the time of their "
    "fetch, in the panels that say so."
)


def overview(names: Names) -> Saved:
    """The dashboard."""
    view = names.articles
    return dashboard(
        names.dashboard("overview"),
        f"Archive overview ({names.base})",
        ABOUT,
        rows=[_figures(names), _over_time(names), _languages(view), _outlets(view), _texts(view)],
        controls=[
            Control(title="Language", field="in_language", view=view),
            Control(title="Outlet", field="site", view=view),
            Control(title="Source", field="source", view=view),
        ],
        since="now-5y",
    )


def _figures(names: Names) -> Row:
    view = names.articles
    copies = count("Copies", only="is_copy: true")
    undated = count("Without a date", only="not date_published: *")
    return 6, [
        (10, figure("Articles", "Articles published in the time range", view, count("Articles"))),
        (10, figure("Outlets", "Different sites", view, distinct("Outlets", "site"))),
        (8, figure("Languages", "Languages of the texts", view, distinct("Languages", "in_language"))),
        (8, figure("Copies", "Articles that repeat another outlet's text", view, copies)),
        (
            12,
            figure(
                "Without a date", "Fetched in the time range, publication unknown", names.fetched, undated
            ),
        ),
    ]


def _over_time(names: Names) -> Row:
    published = {
        "x": over_time("Published", "date_published"),
        "split": by_value("Language", "in_language", size=12, order="articles"),
        "articles": count("Articles"),
    }
    fetched = {
        "x": over_time("Fetched", "date_fetched"),
        "split": by_value("Found by", "source", size=12, order="articles", missing=True),
        "articles": count("Articles"),
    }
    return 14, [
        (
            30,
            chart(
                "Articles by publication",
                "Articles by date of publication and language; by day in a range of weeks",
                names.articles,
                published,
                shape="bar_stacked",
            ),
        ),
        (
            18,
            chart(
                "Articles by fetch",
                "Articles by the time of their (last) fetch and source, undated ones too",
                names.fetched,
                fetched,
                shape="bar_stacked",
            ),
        ),
    ]


def _languages(view: str) -> Row:
    languages = by_value("Language", "in_language", size=10, order="value")
    access = by_value("Access", "access", size=5, order="value")
    copied = by_value("Copy", "is_copy", size=2, order="value", data_type="boolean", others=False)
    return 14, [
        (16, shares("Languages", "Share of each language", view, languages, count("Articles"))),
        (
            16,
            shares(
                "Access", "Full text, teaser, or the part before a paywall", view, access, count("Articles")
            ),
        ),
        (16, shares("Copies", "Whether another outlet's text is repeated", view, copied, count("Articles"))),
    ]


def _outlets(view: str) -> Row:
    outlets = {
        "outlet": by_value("Outlet", "site", size=500, order="articles", others=False),
        "articles": count("Articles"),
        "copies": count("Of them copies", only="is_copy: true"),
        "paywalled": count("Behind a paywall", only="access: paywall"),
        "length": number("Characters (median)", "text_length", "median"),
        "last": moment("Last article", "date_published", "max"),
    }
    sections = {
        "x": by_value("Section", "article_section", size=20, order="articles", others=False),
        "articles": count("Articles"),
    }
    about = "The outlets' own sections, the most frequent"
    return 16, [
        (30, table("Outlets", "Sites with the number of their articles", view, outlets)),
        (18, chart("Sections", about, view, sections, shape="bar_horizontal")),
    ]


def _texts(view: str) -> Row:
    lengths = {"x": by_span("Characters", "text_length"), "articles": count("Articles")}
    by_language = {
        "x": by_value("Language", "in_language", size=20, order="length", others=False),
        "length": number("Characters (median)", "text_length", "median"),
    }
    return 12, [
        (
            24,
            chart("Text length", "Articles by characters of their text", view, lengths, shape="bar_stacked"),
        ),
        (
            24,
            chart(
                "Text length by language",
                "Median of the characters",
                view,
                by_language,
                shape="bar_horizontal",
            ),
        ),
    ]
