"""The dashboard of one story: who wrote about it, when, in which language, and who came first."""

from archive.kibana.charts import chart, documents, figure, table
from archive.kibana.columns import by_value, count, distinct, moment, over_time
from archive.kibana.names import Names
from archive.kibana.objects import Control, Row, Saved, dashboard

ABOUT = (
    "Who wrote about a story, when and in which language. Choose the story: it goes by the article id of its "
    "seed. Then set the time range around it."
)


def coverage(names: Names) -> Saved:
    """The dashboard; without a chosen story it shows all articles."""
    view = names.articles
    return dashboard(
        names.dashboard("coverage"),
        f"Coverage of a story ({names.base})",
        ABOUT,
        rows=[_figures(view), _over_time(view), _who(view), _articles(names)],
        controls=[
            Control(title="Story (id of its seed)", field="seed", view=view, single=True),
            Control(title="Language", field="in_language", view=view),
            Control(title="Outlet", field="site", view=view),
        ],
        since="now-5y",
    )


def _figures(view: str) -> Row:
    copies = count("Copies", only="is_copy: true")
    first = moment("First published", "date_published", "min")
    return 6, [
        (
            10,
            figure(
                "Articles", "Articles with a date of publication in the time range", view, count("Articles")
            ),
        ),
        (10, figure("Outlets", "Different sites", view, distinct("Outlets", "site"))),
        (8, figure("Languages", "Languages of the texts", view, distinct("Languages", "in_language"))),
        (8, figure("Copies", "Articles that repeat another outlet's text", view, copies)),
        (12, figure("First published", "The earliest date of publication, UTC", view, first)),
    ]


def _over_time(view: str) -> Row:
    about = "Articles by their date of publication"
    return 15, [
        (
            24,
            chart(
                "Coverage over time, by language",
                f"{about} and language",
                view,
                {
                    "x": over_time("Published", "date_published"),
                    "split": by_value("Language", "in_language", size=12, order="articles"),
                    "articles": count("Articles"),
                },
                shape="bar_stacked",
            ),
        ),
        (
            24,
            chart(
                "Coverage over time, by outlet",
                f"{about} and site",
                view,
                {
                    "x": over_time("Published", "date_published"),
                    "split": by_value("Outlet", "site", size=15, order="articles"),
                    "articles": count("Articles"),
                },
                shape="bar_stacked",
            ),
        ),
    ]


def _who(view: str) -> Row:
    outlets = {
        "outlet": by_value("Outlet", "site", size=200, order="first", direction="asc", others=False),
        "first": moment("First article", "date_published", "min"),
        "last": moment("Last article", "date_published", "max"),
        "articles": count("Articles"),
        "copies": count("Of them copies", only="is_copy: true"),
        "languages": distinct("Languages", "in_language"),
    }
    stories = {
        "story": by_value("Seed", "seed", size=100, order="articles", others=False),
        "articles": count("Articles"),
        "outlets": distinct("Outlets", "site"),
        "first": moment("First article", "date_published", "min"),
    }
    return 16, [
        (28, table("Who was first", "Outlets in the order of their first article", view, outlets)),
        (20, table("Stories", "Seeds with the articles related to each", view, stories)),
    ]


def _articles(names: Names) -> Row:
    return 20, [(48, documents("Articles", "The articles themselves, newest first", names.search))]
