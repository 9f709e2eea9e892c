"""Links of a front page, a section page or an article that look like articles of the same outlet."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from lxml import html

from archive.url import ledger_key, registered_domain
from crawler.discovery.base import Announcement, Listing
from crawler.discovery.kinds import kind_of
from crawler.discovery.values import absolute, encoding_of, html_root, plain_text

ENOUGH = 3
"""Points from which a link counts as an article; see `_path_points` and `_looks_like_headline`."""

_HEADLINE_POINTS = 2
_MENU_POINTS = -2
_MAX_HEADLINE = 250
"""Characters: a longer anchor text is a whole teaser."""

_SERVICE = re.compile(
    r"""(?: about(?:-us)? | abo(?:nnement)? | account | agb | comments | conta[ck]to? | contact
        | datenschutz | faq | feeds? | gallery | help | hilfe | impressum | imprint | jobs | kontakt | konto
        | legal | log(?:in|out) | newsletters? | page | print | privacy | profile | regist(?:er|ration) | rss
        | seite | share | shop | sign-?(?:in|up) | sitemap | subscribe | terms | users? | buscar | recherche
        | search | suche | поиск | wp-\w+(?:\.php)? )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Parts of an address that no article has: search, service pages."""
_LIST = re.compile(
    r"""(?: archiv(?:es?)? | auth?[oe]u?r(?:e[ns]|s)? | autoren | categor(?:y|ies|ia|ias) | kategorien?
        | rubri[ck] | rubrique | section | tags? | thema | themen? | topics? | авторы? | теги? )""",
    re.IGNORECASE | re.VERBOSE,
)
"""Parts of the addresses of lists, by subject or author; some outlets have them in their articles' too."""
_ACTION = re.compile(r"(?:^|&)(?:share|replytocom)=", re.IGNORECASE)
_MEDIA = re.compile(
    r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|pdf|mp[34]|m4[av]|mov|avi|webm|ogg|wav|zip|gz|rar|exe|apk|docx?|xlsx?|pptx?"
    r"|css|js|json|xml|rss|atom|ics|txt|epub|m3u8?)$",
    re.IGNORECASE,
)
_DATE_IN_PATH = re.compile(
    r"(?<!\d)(?:19|20)\d\d([-/._]?)(?:0?[1-9]|1[0-2])\1(?:0?[1-9]|[12]\d|3[01])(?!\d)|/(?:19|20)\d\d/\d\d?/"
)
_ONLY_DATE = re.compile(r"[\d/._-]*")
_LONG_NUMBER = re.compile(r"\d{5,}")
_SHORT_ID = re.compile(
    r"(?:^|&)(?:p|id|nid|aid|no|idx|idxno|art|artid|articleid|newsid|story)=\d+", re.IGNORECASE
)
_PAGE_NAME = re.compile(r"^(?!index\.).*\.(?:s?html?|php\d?|aspx?|jsp|ece|amp|do)$", re.IGNORECASE)
_ARTICLE_WORD = re.compile(
    r"(?:a|articles?|artikel|artikkeli?|art[ií]culos?|articoli|articleview\.html|read|stor(?:y|ies)|statt?i|view)",
    re.IGNORECASE,
)
_MIXED_ID = re.compile(
    r"^(?=.*\d)(?=.*[a-z])[0-9a-z]{8,}(?:\.\w+)?$|[-_][0-9a-f]{8}-?[0-9a-f]{4}", re.IGNORECASE
)
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(slots=True)
class _Link:
    url: str
    text: str = ""
    in_menu: bool = True


def read_front_page(body: bytes, url: str, content_type: str = "") -> Listing:
    """Links to the same registered domain that look like articles, in the page's order, each page once.

    The anchor's text is the headline. Never raises. Works on any page: a section, or an article's own links.
    """
    root, problem = _parse(body, content_type)
    if root is None:
        return Listing(problem=problem)
    site, own = registered_domain(url), _key(url)
    links: dict[str, _Link] = {}
    for anchor in root.iter("a", "area"):
        link = absolute(_base(root, url), anchor.get("href") or "")
        key = _key(link)
        if not key or key == own or registered_domain(link) != site:
            continue
        known = links.setdefault(key, _Link(link))
        known.text = _better(known.text, _anchor_text(anchor))
        known.in_menu = known.in_menu and _in_menu(anchor)
    language = (root.get("lang") or root.get("xml:lang") or "").strip()
    articles = [link for link in links.values() if _points(link) >= ENOUGH]
    found = [Announcement(url=link.url, headline=link.text, language=language) for link in articles]
    return Listing(announcements=found, problem=problem)


def feed_links(body: bytes, url: str, content_type: str = "") -> list[str]:
    """Addresses of the feeds that a page names by <link rel="alternate">, absolute, each once."""
    root, _ = _parse(body, content_type)
    if root is None:
        return []
    found = [
        absolute(_base(root, url), link.get("href") or "")
        for link in root.iter("link")
        if "alternate" in (link.get("rel") or "").lower().split()
        and re.search(r"(?:rss|atom|feed|rdf)\+(?:xml|json)", link.get("type") or "", re.IGNORECASE)
    ]
    return [feed for feed in dict.fromkeys(found) if feed]


def _parse(body: bytes, content_type: str) -> tuple[html.HtmlElement | None, str]:
    kind = kind_of(body)
    if kind == "empty":
        return None, "empty"
    if kind not in ("HTML", "unknown"):
        return None, f"{kind}, not an HTML page"
    encoding, problem = encoding_of(body, content_type)
    root = html_root(body.decode(encoding, "replace").lstrip("\ufeff"))
    return root, problem if root is not None else "not an HTML page"


def _base(root: html.HtmlElement, url: str) -> str:
    base = root.find(".//base[@href]")
    return (absolute(url, base.get("href") or "") if base is not None else "") or url


def _key(url: str) -> str:
    try:
        return ledger_key(url) if url else ""
    except ValueError:
        return ""


def _anchor_text(anchor: html.HtmlElement) -> str:
    """The heading within the anchor if there is one, else all its text, else what it is labelled with."""
    heading = next(anchor.iter("h1", "h2", "h3", "h4", "h5", "h6"), None)
    inner = anchor if heading is None else heading
    text = plain_text(" ".join(str(part) for part in inner.itertext()), is_html=False)
    return text or plain_text(anchor.get("title") or anchor.get("aria-label") or "", is_html=False)


def _better(known: str, text: str) -> str:
    """The longer of two texts of one link, as long as it is a headline and no whole teaser."""
    if not known or not text:
        return (known or text)[:_MAX_HEADLINE]
    return text if len(known) < len(text) <= _MAX_HEADLINE else known


def _in_menu(anchor: html.HtmlElement) -> bool:
    return any(True for _ in anchor.iterancestors("nav", "footer"))


def _points(link: _Link) -> int:
    points = _path_points(link.url)
    if points < 0:
        return points
    return points + _HEADLINE_POINTS * _looks_like_headline(link.text) + _MENU_POINTS * link.in_menu


def _path_points(url: str) -> int:
    """How much an address looks like an article's; -1 for what cannot be one."""
    parts = urlsplit(url)
    path = unquote(parts.path)
    segments = [segment for segment in path.split("/") if segment]
    if (
        _ACTION.search(parts.query)
        or _MEDIA.search(path)
        or any(_SERVICE.fullmatch(segment) for segment in segments)
    ):
        return -1
    if _ONLY_DATE.fullmatch(path) and not _LONG_NUMBER.search(path) and not parts.query:
        return -1  # the front page, or all of a day
    last = segments[-1] if segments else ""
    dated = _DATE_IN_PATH.search(path)
    points = 3 * bool(dated) + _slug_points(last) + _id_points(path, last, parts.query)
    points += bool(_PAGE_NAME.search(last)) + 2 * any(_ARTICLE_WORD.fullmatch(part) for part in segments[:-1])
    return max(points - 3 * any(_LIST.fullmatch(segment) for segment in segments), 0)


def _id_points(path: str, last: str, query: str) -> int:
    """3 for a number of six digits or more, 2 for five or an id of letters and digits, 1 for a short id."""
    rest = _DATE_IN_PATH.sub("/", path + "/")
    longest = max((len(number) for part in (rest, query) for number in _LONG_NUMBER.findall(part)), default=0)
    if longest >= 6:
        return 3
    if longest or _MIXED_ID.search(last):
        return 2
    return int(bool(_SHORT_ID.search(query)))


def _slug_points(segment: str) -> int:
    """Up to 3 for the words of an address's last part; scripts without spaces by the letter."""
    words = len(_WORD.findall(segment)) + len(_UNSPACED.findall(segment)) // 3
    return min(max(words - 1, 0), 3)


def _looks_like_headline(text: str) -> bool:
    unspaced = len(_UNSPACED.findall(text))
    return unspaced >= 8 or (len(text.split()) >= 4 and len(text) >= 18)
