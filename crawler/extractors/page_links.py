"""What a page's links say of it: AMP version, translations, section, tags, the site's name."""

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extractors.document import Document
from crawler.extractors.folding import collapse, fold
from pipelines.text.language import normalize_language

LONGEST_LABEL = 40
"""Characters of a section's name or a tag."""

LONGEST_TAG_LABEL = 20
"""Characters of the word before the tags."""

_crumbs = re.compile(r"bread-?_?crumb|crumb|brodsmul|br[øo]dkr|\bpan\b|ruta-?nav|migas|rastro|okruszki")
_section = re.compile(
    r"rubri[kcq]|cat[-_]label|categor(?:y|ia|ie)(?!.*(?:menu|list|widget))|kategori"
    r"|section-?_*(?:name|label|link|title)|kicker|cat-links"
    r"|secci[oó]n|seccao|topic-?label|eyebrow|overline|osasto|rovat"
)
_tags = re.compile(
    r"(?<![a-z])tags?(?![a-z])|tags?[-_]|[-_]tags?|keyword|schlag|stichw|etiquet|hashtag|temas|argomenti|\bamne|topics"
)
_not_tags = re.compile(r"cloud|menu|nav|trend|popular|widget|tag-?manager|footer")
_tag_path = re.compile(
    r"/(?:tags?|keywords?|topics?|tema|temas|stichwort|thema|themen|argomenti|etiqueta|amne|hashtag)/"
)
_tag_label = re.compile(
    r"^(?:tags?|topics?|keywords?|schlagw\w+|stichw\w+|themen|étiquettes|mots[- ]clés|temas|etiquetas"
    r"|argomenti|tagi|tagit|štítky|метки|теги|теґи|ετικέτες|etiketler|từ khóa|แท็ก|标签|關鍵字|タグ|태그"
    r"|وسوم|الوسوم|برچسب\w*|תגיות|टैग|ট্যাগ)\W*$",
    re.IGNORECASE,
)
_frame = re.compile(r"menu|related|sidebar|navbar|teaser|recommend|widget|most-?read")
_signs = frozenset({">", ">>", "»", "›", "/", "→", "::"})
"""What stands between crumbs."""
_home = re.compile(
    r"^(?:home(?:page)?|start(?:seite)?|accueil|inicio|início|inici|forside|hjem|hem|etusivu|domů|domov"
    r"|strona główna|főoldal|acasă|prima pagina|главная|головна|начало|почетна|naslovna|αρχική"
    r"|ana sayfa|anasayfa|beranda|trang chủ|หน้าแรก|首页|首頁|ホーム|トップ"
    r"|홈|الرئيسية|خانه|صفحه نخست|ראשי|होम|প্রচ্ছদ|sākums|news|\W*)$",
    re.IGNORECASE,
)


def amp_url(document: Document) -> str:
    """rel=amphtml, absolute; "" without one or if it is the page itself."""
    links = (link for link, rel, _ in document.marked if rel == "amphtml" and link.tag == "link")
    found = next((link.get("href") or "" for link in links), "")
    address = document.absolute(found) if found else ""
    return "" if address == document.page.url else address


def translations(document: Document) -> dict[str, str]:
    """rel=alternate links with hreflang, without x-default and the page's own; language -> address."""
    own = {document.page.url, document.canonical}
    found: dict[str, str] = {}
    for link in document.tree.iter("link"):
        named = link.get("hreflang")
        language = normalize_language(named) if named else ""
        if language and "alternate" in (link.get("rel") or "").lower():
            address = document.absolute(link.get("href") or "")
            if address and address not in own:
                found.setdefault(language, address)
    primary = {language.partition("-")[0] for language in found}
    mirrors = document.declared_language.partition("-")[0]
    return {} if primary == {mirrors} else found  # the same article for other countries is no translation


def section(document: Document, headline: str) -> tuple[str, str]:
    """The section: the last crumb before the headline, a category's link or label, the link whose path the
    page's begins with; and where it was found."""
    for source, labels in (
        ("breadcrumb", _crumb_labels(document)),
        ("link", _marked_labels(document)),
        ("label", _section_labels(document)),
        ("link", _path_labels(document)),
        ("breadcrumb", _unnamed_crumbs(document)),
    ):
        for label in labels:
            if is_label(label, headline):
                return label, source
    return "", ""


def is_label(text: str, headline: str = "") -> bool:
    """Whether a text can be a section's name: short, no headline, not "Home", no date."""
    if not 1 < len(text) <= LONGEST_LABEL or _home.match(text) or any(map(str.isdigit, text)):
        return False
    own, top = fold(text), fold(headline)
    return own != top and not top.startswith(own + " ")


def _crumb_labels(document: Document) -> Iterator[str]:
    for item in document.jsonld.objects:
        if item.get("@type") == "BreadcrumbList" and isinstance(item.get("itemListElement"), list):
            yield from reversed([name for entry in item["itemListElement"] if (name := _crumb_name(entry))])
    for element, *names in document.named:
        if _names_crumbs(" ".join(names)):
            yield from reversed([_text(link) for link in element.iter("a")])


def _unnamed_crumbs(document: Document) -> Iterator[str]:
    """The links after one to the front page with nothing but a sign between them: "Home > World"."""
    fronts = {"/", _root(document), _root(document).rstrip("/")}
    for link in document.tree.iter("a"):
        if (link.get("href") or "").strip() in fronts and (link.tail or "").strip() in _signs:
            row = [
                found
                for found in link.itersiblings("a")
                if (found.getprevious().tail or "").strip() in _signs
            ]
            yield from reversed([_text(found) for found in row])


def _crumb_name(entry: object) -> str:
    if not isinstance(entry, dict):
        return ""
    inner = entry.get("item")
    name = entry.get("name") or (inner.get("name") if isinstance(inner, dict) else "")
    return collapse(name) if isinstance(name, str) else ""


def _marked_labels(document: Document) -> Iterator[str]:
    for element, rel, prop in document.marked:
        if prop == "articleSection" or (element.tag == "a" and "category" in rel):
            yield _text(element)


def _section_labels(document: Document) -> Iterator[str]:
    for element, name, _ in document.named:
        if _names_section(name) and not _is_frame(element):
            links = [_text(link) for link in element.iter("a")]
            text = links[-1] if len(links) in (1, 2) else _text(element)
            yield re.split(r"\s*[»>|]\s*", text)[0]


def _path_labels(document: Document) -> Iterator[str]:
    """Texts of links to a part of the page's own path, the longest path first."""
    address = urlsplit(document.page.url)
    path = unquote(address.path)
    found: dict[str, str] = {}
    root = _root(document)
    for link in document.tree.iter("a"):
        href = link.get("href") or ""
        if not href.startswith(("/", root)) or len(href) - len(root) > len(path):
            continue
        rest = href.removeprefix(root).lstrip("/")
        if rest[:1] != path[1:2] and rest[:1] not in ".%" and not href.startswith("//"):
            continue  # most links; making them absolute takes long
        target = urlsplit(document.absolute(href))
        folder = unquote(target.path).rstrip("/") + "/"
        if (
            target.netloc == address.netloc
            and len(folder) > 2
            and path.startswith(folder)
            and not target.query
        ):
            found.setdefault(folder, _text(link))
    found.pop(path.rstrip("/") + "/", None)
    yield from (found[folder] for folder in sorted(found, key=len, reverse=True))


def tags(document: Document) -> list[str]:
    """Texts of the links to the article's tags."""
    found = [e for e, rel, _ in document.marked if "tag" in rel and e.tag == "a" and "category" not in rel]
    if not found:
        found = next((links for links in _tag_groups(document) if links), [])
    texts = (_text(link).lstrip("#").strip() for link in found if not _is_frame(link))
    return [text for text in dict.fromkeys(texts) if 0 < len(text) <= LONGEST_LABEL]


@lru_cache(maxsize=4096)
def _names_frame(name: str) -> bool:
    return bool(_frame.search(name.lower()))


@lru_cache(maxsize=4096)
def _names_tags(name: str) -> bool:
    return bool(_tags.search(name.lower())) and not _not_tags.search(name.lower())


@lru_cache(maxsize=4096)
def _names_crumbs(name: str) -> bool:
    return bool(_crumbs.search(name.lower()))


@lru_cache(maxsize=4096)
def _names_section(name: str) -> bool:
    return bool(_section.search(name.lower()))


def _tag_groups(document: Document) -> Iterator[list[HtmlElement]]:
    for element, *names in document.named:
        if _names_tags(" ".join(names)):
            yield [link for link in element.iter("a") if link.get("href")]
    for element in document.tree.iter("span", "div", "b", "strong", "h3", "h4", "p", "dt", "li"):
        text = (element.text or "").strip()
        if 2 < len(text) <= LONGEST_TAG_LABEL and _tag_label.match(text):
            parent = element.getparent()
            yield [*element.iter("a")] or ([*parent.iter("a")] if parent is not None else [])
    yield [link for link in document.tree.iter("a") if _tag_path.search((link.get("href") or "").lower())][
        :10
    ]


def home_names(document: Document) -> Iterator[str]:
    """What the links to the site's front page are called: their texts, their pictures' alternative texts."""
    root = _root(document)
    fronts = {"/", "./", "index.html", "index.php", "index.asp", root, root.rstrip("/")}
    for link in document.tree.iter("a"):
        if (link.get("href") or "").strip() in fronts:
            yield _text(link)
            yield from (collapse(image.get("alt") or "") for image in link.iter("img"))


def _root(document: Document) -> str:
    address = urlsplit(document.page.url)
    return f"{address.scheme}://{address.netloc}/"


def _text(element: HtmlElement) -> str:
    return collapse(" ".join(element.itertext()))


def _is_frame(element: HtmlElement) -> bool:
    """Whether it stands in navigation, a side column or other articles' boxes."""
    for outer in (element, *element.iterancestors()):
        if outer.tag in ("nav", "aside") or _names_frame(
            f"{outer.get('class') or ''} {outer.get('id') or ''}"
        ):
            return True
    return False
