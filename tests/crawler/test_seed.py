import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.article import Article
from archive.errors import SeedError
from archive.url import article_id
from crawler.extractors.base import Page
from crawler.seed import parse_export, read_seed, seed_from_page, seed_kind

SHARED = sorted((Path(__file__).parents[2] / "../shared/seed").glob("*.txt"))

HEADLINE = "Zwei Häfen am Schwarzen Meer öffnen nach langer Pause wieder"
PARAGRAPHS = [
    (
        "Nach sieben Monaten haben zwei Häfen am Schwarzen Meer den Betrieb wieder aufgenommen. Das erste "
        "Schiff lief am Morgen aus."
    ),
    "„Wir haben lange auf diesen Tag gewartet“, sagte die Hafenmeisterin Olena Werba vor Reportern.",
    "Die Reeder rechnen damit, dass bis Ende des Monats zwölf Frachter folgen; sie haben Mais geladen.",
]
CAPTION = "Ein Frachter verlässt am frühen Morgen den Hafen"
CREDIT = "Jonas Verhoeven/AP"
EXPORT = "\n\n".join(
    [
        HEADLINE,
        f"1660713900 {HEADLINE[:40]}",
        *PARAGRAPHS[:2],
        f"{CAPTION} © {CREDIT}",
        PARAGRAPHS[2],
        "\n\nqrx-de-07",
        "Schreibe einen Kommentar",
    ]
)


def write(folder: Path, name: str, content: str | bytes) -> str:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


def test_a_text_export(tmp_path: Path) -> None:
    seed = read_seed(write(tmp_path, "a.txt", EXPORT))
    assert seed.headline == HEADLINE
    assert seed.article_body == "\n\n".join(PARAGRAPHS)
    assert [(image.caption, image.credit) for image in seed.images] == [(CAPTION, CREDIT)]
    assert seed.date_published == datetime(2022, 8, 17, 5, 25, tzinfo=UTC)
    assert (seed.date_published_raw, seed.date_published_source) == ("1660713900", "export")
    assert seed.in_language == "de"
    assert seed.url.startswith("http://seed.invalid/")
    assert seed.id == article_id(seed.url)


@pytest.mark.skipif(not SHARED, reason="the shared seed is not here")
def test_the_shared_seed() -> None:
    seed = read_seed(str(SHARED[0]))
    lines = [line.strip() for line in SHARED[0].read_text("utf-8").splitlines() if line.strip()]
    assert seed.headline == lines[0]
    assert seed.date_published == datetime(2022, 9, 8, 4, 29, 7, tzinfo=UTC)
    assert seed.in_language == "de"
    caption = next(line for line in lines if "©" in line)
    assert seed.article_body.split("\n\n") == [line for line in lines[2:-2] if line != caption]
    assert [image.credit for image in seed.images] == ["Alexander Zemlianichenko/AP"]
    assert seed.images[0].caption == caption.partition(" ©")[0]


ENDINGS = {
    "en": ["xk-en-3", "Leave a Reply"],
    "fr": ["Laisser un commentaire"],
    "ru": ["site_ru_12", "Добавить комментарий"],
    "ko": ["댓글 남기기"],
    "nobody knows": ["abc.def-9", "Skrifaðu athugasemd"],  # Icelandic: known by its shape alone
    "none": [],
}


@pytest.mark.parametrize("language", ENDINGS)
def test_what_stands_at_the_end_goes_by_its_shape(language: str) -> None:
    text = "\n".join([HEADLINE, *PARAGRAPHS, *ENDINGS[language]])
    assert parse_export(text, "x").article_body == "\n\n".join(PARAGRAPHS)


def test_a_seed_without_a_stamp_has_no_date_and_loses_nothing() -> None:
    seed = parse_export("\n".join([HEADLINE, *PARAGRAPHS]), "x")
    assert seed.date_published is None
    assert seed.date_published_source == ""
    assert seed.article_body == "\n\n".join(PARAGRAPHS)


@pytest.mark.parametrize("stamp", ["1660713900", "1660713900000", f"1660713900 {HEADLINE}"])
def test_shapes_of_the_stamp_line(stamp: str) -> None:
    seed = parse_export("\n".join([HEADLINE, stamp, *PARAGRAPHS]), "x")
    assert seed.date_published == datetime(2022, 8, 17, 5, 25, tzinfo=UTC)
    assert seed.article_body == "\n\n".join(PARAGRAPHS)


def test_numbers_that_are_no_stamp_stay() -> None:
    odd = "9660713900 Euro kostete der Umbau der beiden Häfen nach Angaben der Behörde insgesamt."
    seed = parse_export("\n".join([HEADLINE, odd, *PARAGRAPHS]), "x")
    assert seed.date_published is None
    assert seed.article_body.startswith(odd)


def test_a_stamp_line_that_goes_on_with_text_keeps_the_text() -> None:
    seed = parse_export("\n".join([HEADLINE, f"1660713900 {PARAGRAPHS[0]}", PARAGRAPHS[1]]), "x")
    assert seed.article_body == "\n\n".join(PARAGRAPHS[:2])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252"])
def test_encodings_that_can_be_told(encoding: str, tmp_path: Path) -> None:
    text = EXPORT if encoding != "cp1252" else EXPORT.replace("„", "»").replace("“", "«")
    seed = read_seed(write(tmp_path, "a.txt", text.encode(encoding)))
    assert seed.headline == HEADLINE
    assert "Häfen am Schwarzen Meer" in seed.article_body


def test_windows_1251(tmp_path: Path) -> None:
    lines = [
        "Два порта на Чёрном море снова открылись",
        "После семи месяцев перерыва два порта на Чёрном море снова начали работу. Первое судно вышло утром.",
        "Судовладельцы рассчитывают, что до конца месяца за ним последуют ещё двенадцать судов с кукурузой.",
    ]
    seed = read_seed(write(tmp_path, "a.txt", "\n\n".join(lines).encode("cp1251")))
    assert seed.headline == lines[0]
    assert seed.in_language == "ru"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.txt", b" \n\n ", "is empty"),
        ("image.txt", b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "is not text"),
        ("short.txt", b"One line only", "holds no article"),
        ("broken.json", b'{"id": ', "is not JSON"),
        ("list.json", b"[1, 2]", "is not an article in our export form"),
        (
            "foreign.json",
            b'{"id": "1", "url": "http://a.b/", "titel": "x"}',
            "unexpected keyword argument 'titel'",
        ),
        ("types.json", b'{"id": "1", "url": "http://a.b/", "headline": 5}', "headline must be a text"),
        ("page.html", b"<html><title>404 Not found</title><h1>Page not found</h1></html>", "soft 404"),
        ("many.jsonl", b"{}\n{}\n", "has 2 articles; name one as"),
    ],
)
def test_what_is_no_seed_is_one_line(name: str, content: bytes, message: str, tmp_path: Path) -> None:
    with pytest.raises(SeedError) as error:
        read_seed(write(tmp_path, name, content))
    assert message in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("where", "message"), [("{}", "is a folder"), ("{}/missing.txt", "no such file"), ("a\0b", "null")]
)
def test_places_without_a_file(where: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(SeedError, match=message):
        read_seed(where.format(tmp_path))


def test_a_pipe_is_no_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SeedError, match="is no ordinary file"):
        read_seed(str(tmp_path / "pipe"))


def test_our_own_json_comes_back_whole(tmp_path: Path) -> None:
    seed = read_seed(write(tmp_path, "a.txt", EXPORT))
    line = json.dumps(seed.to_dict(), ensure_ascii=False)
    assert read_seed(write(tmp_path, "a.json", line)) == seed
    assert read_seed(write(tmp_path, "one.jsonl", line + "\n")) == seed
    many = write(tmp_path, "many.jsonl", "{}\n" + line + "\n")
    assert read_seed(f"{many}:2") == seed
    with pytest.raises(SeedError, match="name one as"):
        read_seed(f"{many}:3")


PAGE = f"""<!doctype html><html lang="de"><head><title>{HEADLINE} - Tagblatt</title>
<link rel="canonical" href="http://tagblatt.example/hafen"><meta property="article:published_time"
content="2022-08-17T07:25:00+02:00"></head><body><article><h1>{HEADLINE}</h1>
{"".join(f"<p>{paragraph}</p>" for paragraph in PARAGRAPHS)}</article></body></html>"""


def test_an_html_file_and_a_fetched_page_are_the_same_seed(tmp_path: Path) -> None:
    from_file = read_seed(write(tmp_path, "a.html", PAGE))
    page = Page(
        url="http://tagblatt.example/hafen?utm_source=x", body=PAGE.encode(), fetched_at=datetime.now(UTC)
    )
    from_page = seed_from_page(page)
    assert from_file.id == from_page.id == article_id("http://tagblatt.example/hafen")
    assert from_file.article_body == from_page.article_body == "\n\n".join(PARAGRAPHS)
    assert from_file.date_published == datetime(2022, 8, 17, 5, 25, tzinfo=UTC)


def test_seed_kind(tmp_path: Path) -> None:
    assert seed_kind("https://tagblatt.example/a.html") == "url"
    assert seed_kind(write(tmp_path, "a", "<!DOCTYPE html><html>")) == "html"
    assert seed_kind(write(tmp_path, "b", ' {"id": 1}')) == "json"
    assert seed_kind(write(tmp_path, "c", "Some text")) == "text"
    assert seed_kind("missing.jsonl:12") == "json"
    with pytest.raises(SeedError, match="has to be fetched"):
        read_seed("https://tagblatt.example/a.html")


@given(st.text(max_size=400))
def test_any_text_is_a_seed_or_a_seed_error(text: str) -> None:
    try:
        seed = parse_export(text, "x")
    except SeedError:
        return
    assert Article.from_dict(json.loads(json.dumps(seed.to_dict()))) == seed


@given(
    st.lists(st.sampled_from(PARAGRAPHS), min_size=1, max_size=3, unique=True),
    st.sampled_from(["\n", "\n\n\n", "\r\n"]),
)
def test_paragraphs_survive_whatever_parts_them(paragraphs: list[str], gap: str) -> None:
    assert parse_export(gap.join([HEADLINE, *paragraphs]), "x").article_body == "\n\n".join(paragraphs)
