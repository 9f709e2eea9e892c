"""Pages of our own wording for the tests of the extractors."""

from collections.abc import Mapping
from datetime import UTC, datetime

from crawler.extractors.base import Page

FETCHED = datetime(2022, 9, 10, 12, tzinfo=UTC)
URL = "http://tagblatt.example/2022/09/zwei-haefen-oeffnen-wieder"

HEADLINE = "Zwei Häfen am Schwarzen Meer öffnen wieder"
PARAGRAPHS = [
    (
        "Nach sieben Monaten haben zwei Häfen am Schwarzen Meer den Betrieb wieder aufgenommen. Das erste "
        "Schiff, ein Frachter mit 26.000 Tonnen Mais an Bord, lief am frühen Morgen aus."
    ),
    (
        "„Wir haben lange auf diesen Tag gewartet“, sagte die Hafenmeisterin Olena Werba vor Reportern. Die "
        "Lotsen hätten wochenlang geübt, wie sie die Minenfelder vor der Küste umfahren."
    ),
    (
        "Die Reeder rechnen damit, dass bis Ende des Monats zwölf weitere Frachter folgen. Versicherer "
        "verlangen allerdings noch immer das Vierfache dessen, was eine solche Fahrt vor dem Krieg kostete."
    ),
]
TEXT = "\n\n".join(PARAGRAPHS)
CAPTION = "Ein Frachter verlässt am frühen Morgen den Hafen"
CREDIT = "Jonas Verhoeven/AP"


def page(
    html: str | bytes, *, url: str = URL, headers: Mapping[str, str] | None = None, **fields: object
) -> Page:
    body = html if isinstance(html, bytes) else html.encode()
    values: dict[str, object] = {"fetched_at": FETCHED, **fields}
    return Page(url=url, body=body, headers=headers or {}, **values)  # type: ignore[arg-type]


def article(*, head: str = "", before: str = "", after: str = "", paragraphs: list[str] | None = None) -> str:
    """A plain article page with room for what a test is about."""
    text = "".join(f"<p>{paragraph}</p>" for paragraph in (PARAGRAPHS if paragraphs is None else paragraphs))
    return (
        f'<!doctype html><html lang="de"><head><title>{HEADLINE} - Tagblatt</title>{head}</head><body>'
        f'<nav><a href="/politik">Politik</a> <a href="/sport">Sport</a></nav>'
        f"<main><article><h1>{HEADLINE}</h1>{before}{text}{after}</article></main>"
        f"<footer>Impressum</footer></body></html>"
    )


def jsonld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


def published(value: str) -> str:
    return f'<meta property="article:published_time" content="{value}">'
