from crawler.extractors.document import Document, once
from tests.crawler.extractors.pages import page


def _document(html: str) -> Document:
    return Document(page(html))


def test_elements_by_class_id_rel_and_itemprop() -> None:
    document = _document(
        '<html><head><link rel="amphtml" href="/a"></head><body class="page">'
        '<p class="byline" id="b">By <a rel="author" itemprop="url">Ida Moe</a></p><div><p>Late.</p></div>'
    )
    assert [(e.tag, name, identifier) for e, name, identifier in document.named] == [("p", "byline", "b")]
    assert [(e.tag, rel, prop) for e, rel, prop in document.marked] == [
        ("link", "amphtml", ""),
        ("a", "author", "url"),
    ]
    assert [e.tag for e in document.elements] == ["html", "head", "link", "body", "p", "a", "div", "p"]
    assert [e.text for e in document.xpath("//div/p")] == ["Late."]


def test_a_part_of_a_page_has_names_too() -> None:
    assert [name for _, name, _ in _document("<div><p class=one>Late</p><p>Ferry</p></div>").named] == ["one"]


def test_captions_and_links_are_folded() -> None:
    document = _document(
        '<html><body><figcaption>The QUAY</figcaption><p class="photo-credit">Ida Moe/dpa</p><p>Text</p>'
        '<a href="/x">Next: Ferry</a><a>no link</a>'
    )
    assert document.captions == {"the quay", "ida moe dpa"}
    assert document.anchors == {"next ferry"}


def test_a_find_is_kept_with_its_document() -> None:
    asked = []

    @once
    def size(document: Document) -> int:
        asked.append(document)
        return len(document.elements)

    one, other = _document("<html><body><p>One</p>"), _document("<html><body><p>One</p><p>Two</p>")
    assert [size(one), size(other), size(one)] == [3, 4, 3]
    assert asked == [one, other]
