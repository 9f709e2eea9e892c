from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.errors import SourcesError, UsageError
from crawler.sources import Source, load_sources, select

GOOD = """\
# Two outlets of the fictional web
sources:
  - name: tagblatt
    publisher: "Tagblatt: Ausland"
    country: DE
    languages: [de, de-AT]
    feeds: [http://tagblatt.example/feed/]
    sitemaps:
      - http://tagblatt.example/sitemap.xml
      - http://www.tagblatt.example/news.xml
    front_pages: [http://tagblatt.example/]
    delay: 2.5
    checked: 2026-11-01
    origin: own

  - name: avisen
    country: NO
    languages: [no]
    feeds: [http://avisen.example/rss]
    checked: null
"""


def load(folder: Path, text: str | bytes) -> list[Source]:
    file = folder / "x.yml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return load_sources(file)


def problem(folder: Path, text: str | bytes) -> str:
    with pytest.raises(SourcesError) as error:
        load(folder, text)
    message = str(error.value)
    assert "\n" not in message
    assert message.startswith(str(folder / "x.yml"))
    return message.removeprefix(str(folder / "x.yml")).removeprefix(":")


def test_a_good_file(tmp_path: Path) -> None:
    first, second = load(tmp_path, GOOD)
    assert first == Source(
        name="tagblatt",
        publisher="Tagblatt: Ausland",
        country="DE",
        languages=("de", "de-AT"),
        feeds=("http://tagblatt.example/feed/",),
        sitemaps=("http://tagblatt.example/sitemap.xml", "http://www.tagblatt.example/news.xml"),
        front_pages=("http://tagblatt.example/",),
        delay=2.5,
        checked=date(2026, 11, 1),
        origin="own",
        file=str(tmp_path / "x.yml"),
        line=3,
    )
    assert first.hosts == ("tagblatt.example", "www.tagblatt.example")
    assert (second.publisher, second.country, second.languages) == ("avisen", "NO", ("no",))
    assert (second.delay, second.checked, second.line) == (None, None, 16)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert len(load(tmp_path, b"\xef\xbb\xbf" + GOOD.encode())) == 2


def test_a_folder_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_text(GOOD)
    (tmp_path / "a.yml").write_text(GOOD.replace("name: ", "name: a-"))
    (tmp_path / "README.md").write_text("no sources")
    assert [source.name for source in load_sources(tmp_path)] == [
        "a-tagblatt",
        "a-avisen",
        "tagblatt",
        "avisen",
    ]


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        (
            "http://avisen.example/rss",
            "abc",
            "19: sources[1].feeds[0] 'abc' is not an http(s) URL; write it as https",
        ),
        (
            "http://tagblatt.example/sitemap.xml",
            "ftp://a/b",
            "9: sources[0].sitemaps[0] 'ftp://a/b' is not an http(s)",
        ),
        (
            "http://www.tagblatt.example/news.xml",
            "'http://'",
            "10: sources[0].sitemaps[1] 'http://' is not an http(s)",
        ),
        (
            "    sitemaps:",
            "    sitemap:",
            "8: sources[0] has the unknown key 'sitemap'; did you mean 'sitemaps'?",
        ),
        (
            "    origin:",
            "    zzz:",
            "14: sources[0] has the unknown key 'zzz'; there are checked, country, delay",
        ),
        (
            "country: NO",
            "country: Norway",
            "17: sources[1].country 'Norway' is not a two-letter country code",
        ),
        ("    country: NO\n", "", "16: sources[1] has no 'country'; add a two-letter country code"),
        (
            "languages: [no]",
            "languages: []",
            "18: sources[1].languages [] is not a list of languages, at least one",
        ),
        ("languages: [no]", "languages: no", "18: sources[1].languages 'no' is not a list of languages"),
        (
            "languages: [no]",
            "languages: [norsk]",
            "18: sources[1].languages[0] 'norsk' is not a language tag",
        ),
        ("languages: [no]", "languages: [no, no]", "18: sources[1].languages names something twice"),
        ("name: avisen", "name: Avisen Å", "16: sources[1].name 'Avisen Å' is not a short name"),
        ("name: avisen", "name: 7", "16: sources[1].name 7 is not a short name"),
        ("name: avisen", "name: tagblatt", "16: name 'tagblatt' is taken by"),
        ("delay: 2.5", "delay: slow", "12: sources[0].delay 'slow' is not a number of seconds"),
        ("delay: 2.5", "delay: -1", "12: sources[0].delay -1 is not a number of seconds"),
        ("2026-11-01", "yesterday", "13: sources[0].checked 'yesterday' is not the day"),
        ("2026-11-01", "2026-02-30", "13: sources[0].checked '2026-02-30' is not the day"),
        ("    feeds: [http://avisen.example/rss]\n", "", "16: sources[1] has no address; give it feeds"),
        ("[http://avisen.example/rss]", "[]", "16: sources[1] has no address; give it feeds"),
        ("    checked: null", "    country: SE", "20: key 'country' twice; keep one of them"),
        ("    checked: null", "\tchecked: null", "20: a tab where YAML wants spaces; indent with spaces"),
        ("languages: [no]", "languages: [no", "19: not YAML: "),
        ("languages: [no]", "languages: *no", "18: not YAML: an alias"),
        ("\nsources:\n", "\n", "2: the file is not a mapping with the key `sources`"),
        ("\nsources:\n", "\nsource:\n", "2: the file has the unknown key 'source'; did you mean 'sources'?"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_field(
    tmp_path: Path, old: str, new: str, expected: str
) -> None:
    assert old in GOOD
    assert problem(tmp_path, GOOD.replace(old, new, 1)).startswith(expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", " the file is empty; begin it with `sources:`"),
        ("# nothing yet\n", " the file is empty; begin it with `sources:`"),
        ("sources:\n", "1: sources None is not a list of sources"),
        ("sources: []\n", "1: sources [] is not a list of sources"),
        ("sources: [tagblatt]\n", "1: sources[0] 'tagblatt' is not a mapping with name"),
        ("just a sentence\n", "1: the file 'just a sentence' is not a mapping"),
        (GOOD.encode("utf-16"), " not a text in UTF-8; save it as UTF-8"),
        (b"\x89PNG\r\n\x1a\n\x00\xff", " not a text in UTF-8"),
        (b"\x00\x01\x02", " not a text in YAML"),
        ("sources: !!int x\n", " a value does not fit its tag"),
        ("? [a, b]\n: c\n", "1: "),
        ("?", "1: the file has the unknown key None; "),
        ("0x10: 1", "1: the file has the unknown key 16; "),
        ("[" * 5000, ""),
    ],
)
def test_what_is_no_sources_file(tmp_path: Path, text: str | bytes, expected: str) -> None:
    assert problem(tmp_path, text).startswith(expected)


def test_a_misspelt_key_is_told_before_what_is_missing_for_it(tmp_path: Path) -> None:
    text = GOOD.replace("    feeds: [http://avisen", "    feed: [http://avisen")
    assert problem(tmp_path, text).startswith(
        "19: sources[1] has the unknown key 'feed'; did you mean 'feeds'?"
    )


def test_several_mistakes_are_counted_and_the_first_is_told(tmp_path: Path) -> None:
    text = GOOD.replace("country: DE", "country: Germany").replace("country: NO", "country: Norway")
    assert problem(tmp_path, text).startswith("5: sources[0].country 'Germany'")
    assert problem(tmp_path, text).endswith(" (and 1 more)")


def test_no_file_and_no_files(tmp_path: Path) -> None:
    with pytest.raises(SourcesError, match="no such file; give a sources file or a folder"):
        load_sources(tmp_path / "none.yml")
    with pytest.raises(SourcesError, match=r"no \.yml file in this folder"):
        load_sources(tmp_path)


def test_same_name_in_two_files(tmp_path: Path) -> None:
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text(GOOD)
    with pytest.raises(SourcesError, match=r"b\.yml:3: name 'tagblatt' is taken by .*a\.yml:3; give each"):
        load_sources(tmp_path)


@settings(deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        st.binary(max_size=80),
        st.integers(0, len(GOOD)).map(lambda cut: (GOOD[:cut] + GOOD[cut + 3 :]).encode()),
    )
)
def test_any_bytes_load_or_give_one_line(tmp_path: Path, text: bytes) -> None:
    try:
        sources = load(tmp_path, text)
    except SourcesError as error:
        message = str(error)
    else:
        message = f"{len(sources)} sources"
    assert message.isprintable()


def test_select(tmp_path: Path) -> None:
    sources = load(tmp_path, GOOD)
    assert [source.name for source in select(sources, languages=["de"])] == ["tagblatt"]
    assert [source.name for source in select(sources, languages=["DE-at", "no"])] == ["tagblatt", "avisen"]
    assert select(sources, languages=["d"]) == []
    assert [source.name for source in select(sources, names=["avisen"])] == ["avisen"]
    assert select(sources, names=["avisen"], languages=["de"]) == []
    assert select(sources) == sources
    with pytest.raises(UsageError, match=r"no source is called 'avise'; did you mean 'avisen'\?"):
        select(sources, names=["avise"])


def test_the_sources_that_come_with_the_project() -> None:
    sources = load_sources(Path(__file__).parents[2] / "seeds" / "sources")
    assert len(sources) >= 45
    assert len({language for source in sources for language in source.languages}) >= 14
    assert all(source.origin and source.publisher for source in sources)
    assert all(source.feeds or source.sitemaps for source in sources)
    addresses = [address for source in sources for address in source.addresses]
    assert len(addresses) == len(set(addresses))
