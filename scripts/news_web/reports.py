"""The articles of the news web: made-up texts of their own, the edits that editors make, and HTML."""

import html
import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from wordfreq import top_n_list

PARAGRAPHS, SENTENCES, WORDS = 3, 3, (7, 13)
FIRST_NAMES = ("Ada", "Bruno", "Clara", "David", "Elsa", "Frank", "Greta", "Hugo", "Irene", "Jonas")
LAST_NAMES = ("Abel", "Berger", "Costa", "Dvorak", "Eriksen", "Fischer", "Garcia", "Horvath", "Ito", "Jansen")


@dataclass(slots=True, kw_only=True)
class Report:
    """One article."""

    host: str
    path: str
    """Where it is announced."""
    kind: str
    """How its address behaves: a key of `EXPECTED` in web.py."""
    headline: str
    author: str
    published: datetime
    changed: datetime
    """Of the Last-Modified header."""
    count: int
    """The number that the first sentence names."""
    paragraphs: list[str]
    correction: str = ""
    trend: int = 0
    """What changes around the text without being of it."""
    removed: str = ""
    """How it was taken away: one of `REMOVALS` in web.py."""
    target: str = field(default="", kw_only=True)
    """Where its address redirects to; empty: nowhere."""

    @property
    def url(self) -> str:
        """The announced address."""
        return f"http://{self.host}{self.path}"


@cache
def _vocabulary() -> list[str]:
    return [word for word in top_n_list("en", 4000) if word.isalpha() and len(word) > 2]


def words(chance: random.Random, low: int, high: int) -> str:
    """So many words, the first with a capital letter."""
    return " ".join(chance.choices(_vocabulary(), k=chance.randint(low, high))).capitalize()


def name(chance: random.Random) -> str:
    """A person's name."""
    return f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"


def paragraph(chance: random.Random) -> str:
    """Some sentences that no other article has."""
    return " ".join(f"{words(chance, *WORDS)}." for _ in range(SENTENCES))


# --- Edits ------------------------------------------------------------------------------------------


def _headline(report: Report, chance: random.Random) -> None:
    report.headline = words(chance, 5, 8)


def _number(report: Report, chance: random.Random) -> None:
    report.count += chance.randint(1, 99)


def _quote(report: Report, chance: random.Random) -> None:
    report.paragraphs[1] += f" “{words(chance, 5, 9)},” said {name(chance)}."


def _byline(report: Report, chance: random.Random) -> None:
    before = report.author
    while report.author == before:
        report.author = name(chance)


def _correction(report: Report, chance: random.Random) -> None:
    report.correction = (
        f"Correction: An earlier version of this report spoke of {words(chance, 3, 5).lower()}."
    )


def _text(report: Report, chance: random.Random) -> None:
    report.paragraphs.append(paragraph(chance))


def _boilerplate(report: Report, chance: random.Random) -> None:
    report.trend += chance.randint(1, 99)


EDITS: dict[str, Callable[[Report, random.Random], None]] = {
    "headline": _headline,
    "number": _number,
    "quote_added": _quote,
    "byline": _byline,
    "correction": _correction,
    "text": _text,
    "boilerplate": _boilerplate,
}
"""What an editor may change, by the kind of change that it is (`archive.article.ChangeKind`); `boilerplate`
is none."""


# --- HTML -------------------------------------------------------------------------------------------


def render(report: Report) -> str:
    """The article's page."""
    texts = [f"Officials counted {report.count} cases by the evening.", *report.paragraphs]
    body = "\n".join(f"<p>{html.escape(text, quote=False)}</p>" for text in texts)
    notice = f"<p>{html.escape(report.correction)}</p>" if report.correction else ""
    return f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{report.headline} - {report.host}</title>
<script type="application/ld+json">{json.dumps(_structured(report))}</script></head>
<body><nav><a href="/">Home</a> <a href="/world/">World</a></nav>
<main><article><h1>{report.headline}</h1>
<p class="byline">By <a rel="author" href="/people/">{report.author}</a></p>
<time datetime="{report.published.isoformat()}">{report.published:%d %B %Y}</time>
{body}
{notice}</article></main>
<aside><h2>Most read</h2><ul>{_most_read(report)}</ul></aside>
<footer><p>{report.trend} readers are here now. Contact, imprint, privacy.</p></footer></body></html>
"""


def _structured(report: Report) -> dict[str, object]:
    return {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": report.headline,
        "datePublished": report.published.isoformat(),
        "author": [{"@type": "Person", "name": report.author}],
    }


def _most_read(report: Report) -> str:
    chance = random.Random(report.trend)
    links = ((chance.randint(1, 9999), words(chance, 3, 5)) for _ in range(4))
    return "".join(f'<li><a href="/world/{number}">{title}</a></li>' for number, title in links)


def render_index(host: str, reports: list[Report]) -> str:
    """A page of links: the front page, a section."""
    links = "\n".join(f'<li><a href="{report.path}">{report.headline}</a></li>' for report in reports)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{host}</title></head>'
        f"<body><h1>{host}</h1><ul>{links}</ul></body></html>"
    )
