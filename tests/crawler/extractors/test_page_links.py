from crawler.extractors import page_links
from crawler.extractors.document import Document
from tests.crawler.extractors.pages import HEADLINE, article, jsonld, page

URL = "http://tagblatt.example/politik/2022/haefen"


def document(**parts: str) -> Document:
    return Document(page(article(**parts), url=URL))  # type: ignore[arg-type]


def section(**parts: str) -> str:
    return page_links.section(document(**parts), HEADLINE)[0]


def test_amp_and_translations() -> None:
    head = (
        '<link rel="amphtml" href="/amp/haefen"><link rel="alternate" hreflang="uk" href="/uk/porty">'
        f'<link rel="alternate" hreflang="de" href="{URL}">'
        '<link rel="alternate" hreflang="x-default" href="/x">'
    )
    found = document(head=head)
    assert page_links.amp_url(found) == "http://tagblatt.example/amp/haefen"
    assert page_links.translations(found) == {"uk": "http://tagblatt.example/uk/porty"}


def test_the_section_stands_in_crumbs_labels_or_the_address() -> None:
    crumbs = (
        f'<div class="breadcrumb"><a href="/">Start</a> › <a href="/a">Ausland</a> › <a>{HEADLINE}</a></div>'
    )
    assert section(before=crumbs) == "Ausland"
    data = (
        '{"@type": "BreadcrumbList", "itemListElement": [{"name": "Home"}, {"item": {"name": "Wirtschaft"}}]}'
    )
    assert section(head=jsonld(data)) == "Wirtschaft"
    assert section(before='<a rel="category tag" href="/c/reise">Reise</a>') == "Reise"
    assert section(before='<span class="rubrik">Fußball » Oberliga</span>') == "Fußball"
    assert section() == "Politik"


def test_tags_are_links() -> None:
    assert page_links.tags(
        document(after='<a rel="tag" href="/t/a">Kaukasus</a> <a rel="tag" href="/t/b">#Bahn</a>')
    ) == [
        "Kaukasus",
        "Bahn",
    ]
    assert page_links.tags(document(after='<div><b>Теги:</b> <a href="/q/1">порт</a></div>')) == ["порт"]
    assert page_links.tags(document(after='<div class="tag-cloud"><a href="/q/1">порт</a></div>')) == []
