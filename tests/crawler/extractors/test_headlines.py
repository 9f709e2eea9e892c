import pytest

from crawler.extractors.document import Document
from crawler.extractors.headlines import alternative, cut_site, headline
from tests.crawler.extractors.pages import jsonld, page


def read(*, ld: str = "", h1: str = "", og: str = "", title: str = "", body: str = "") -> tuple[str, str]:
    head = jsonld(f'{{"@type": "NewsArticle", "headline": "{ld}"}}') if ld else ""
    head += f'<meta property="og:title" content="{og}">' if og else ""
    h1 = f"<h1>{h1}</h1>" if h1 else ""
    return headline(
        Document(
            page(f"<html><head><title>{title}</title>{head}</head><body>{h1}{body}<p>Text</p></body></html>")
        )
    )


@pytest.mark.parametrize(
    ("ld", "h1", "og", "title", "expected"),
    [
        # what two of them agree on
        ("Ferry off until May", "Ferry stays in port until May", "Ferry stays in port until May", "", "h1"),
        ("The ferry rests", "Harbour quiet as winter comes", "Ships sleep", "", "json-ld"),
        # another headline altogether stays, where all three others are one
        ("Pilots want more pay", "Harbour quiet as winter comes", "Harbour quiet as winter comes",
         "Harbour quiet as winter comes", "json-ld"),
        # JSON-LD cut
        ("Harbour quiet as win…", "Harbour quiet as winter comes to the north", "", "", "longer"),
        # a kicker in the h1
        ("", "Shipping Harbour quiet as winter comes", "Harbour quiet as winter comes", "", "meta"),
        ("", "", "", "Harbour quiet as winter comes - Tagblatt", "title"),
    ],
)  # fmt: skip
def test_which_of_them_counts(ld: str, h1: str, og: str, title: str, expected: str) -> None:
    text, source = read(ld=ld, h1=h1, og=og, title=title)
    if expected == "longer":
        assert text == h1
    else:
        assert source == expected


@pytest.mark.parametrize(
    ("title", "headline_"),
    [
        ("Tagblatt - Zwei Häfen öffnen wieder", "Zwei Häfen öffnen wieder"),
        ("港が開いた｜Tagblatt", "港が開いた"),
        ("Два порта открылись | Tagblatt", "Два порта открылись"),
    ],
)
def test_the_site_s_name_goes_from_either_end(title: str, headline_: str) -> None:
    assert read(title=title)[0] == headline_


def test_an_h1_with_the_site_s_name_is_no_headline() -> None:
    assert (
        read(h1="Our Weekly Log", og="Need for nets", title="Need for nets | Our Weekly Log")[0]
        == "Need for nets"
    )


def test_a_headline_in_a_plain_element_is_found_by_the_title() -> None:
    found = read(
        title="東岬報 - 地方 - 海邊的小學校辦音樂會", body="<h3>地方</h3><div>海邊的小學校辦音樂會</div>"
    )
    assert found == ("海邊的小學校辦音樂會", "title")


def test_soft_hyphens_and_entities_go() -> None:
    assert read(h1="Hafen&shy;meister &amp;amp; Lotsen warten")[0] == "Hafenmeister & Lotsen warten"


def test_alternative_headline() -> None:
    head = jsonld('{"@type": "NewsArticle", "headline": "Long one", "alternativeHeadline": "Short"}')
    document = Document(page(f"<html><head>{head}</head><body><p>x</p></body></html>"))
    assert alternative(document, "Long one") == "Short"
    assert alternative(document, "SHORT") == ""


def test_cut_site() -> None:
    assert cut_site("Two ports open again - The Daily - Europe") == "Two ports open again"
    assert cut_site("Short - name") == "Short - name"
