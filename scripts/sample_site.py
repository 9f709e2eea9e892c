"""Builds the sample web: every address of every outlet with what it answers."""

import gzip
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import jinja2

from scripts.loopback_web import ProxyRequest, ProxyResponse
from scripts.sample_lists import Entry, json_feed, months
from scripts.sample_outlets import FOLDER, FixedPage, Outlet, Post, load

_PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010800000000 3a7e9b55"
    "0000000a49444154789c6360000000020001 48afa471 0000000049454e44ae426082"
)
_LIST_TYPES = {
    "rss": "application/rss+xml",
    "atom": "application/atom+xml",
    "rdf": "application/rdf+xml",
    "news-sitemap": "application/xml",
    "sitemap": "application/xml",
}
_TEASERS = 4
_OLD_PAGES_A_MONTH = 3
_ARABIC_DIGITS = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@dataclass(slots=True)
class SampleWeb:
    """The whole web: `respond` is a handler for `loopback_web`."""

    outlets: list[Outlet]
    answers: dict[str, ProxyResponse] = field(default_factory=dict)
    """Absolute address to answer."""
    announced: dict[str, list[str]] = field(default_factory=dict)
    """Address of a feed, sitemap or front page to the article addresses it names, tracking parameters off."""
    missing: dict[str, ProxyResponse] = field(default_factory=dict)
    """Host to its 404 page."""

    def respond(self, request: ProxyRequest) -> ProxyResponse | None:
        """The answer to one request; None for a host that is no outlet."""
        if request.host not in self.missing:
            return None
        if request.method not in ("GET", "HEAD"):
            return ProxyResponse(status=405, headers={"Allow": "GET, HEAD"})
        path, _, query = request.target.partition("?")
        kept = "&".join(part for part in query.split("&") if part and not part.startswith("utm_"))
        address = f"http://{request.host}{path}" + (f"?{kept}" if kept else "")
        if path.startswith("/images/"):
            return ProxyResponse(headers={"Content-Type": "image/png"}, body=_PIXEL)
        return self.answers.get(address, self.missing[request.host])


def build(folder: Path = FOLDER) -> SampleWeb:
    """The sample web from its data, every page rendered. Raises SampleDataError."""
    web = SampleWeb(load(folder))
    templates = _environment(folder / "templates")
    for outlet in web.outlets:
        _Builder(web, outlet, templates).build()
    return web


def _environment(folder: Path) -> jinja2.Environment:
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    templates.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
    templates.filters["rfc822"] = format_datetime
    templates.filters["arabic_digits"] = lambda text: text.translate(_ARABIC_DIGITS)
    templates.globals["person_list"] = lambda names: [{"@type": "Person", "name": name} for name in names]
    return templates


class _Builder:
    """Fills in one outlet."""

    def __init__(self, web: SampleWeb, outlet: Outlet, templates: jinja2.Environment) -> None:
        self._web = web
        self._outlet = outlet
        self._templates = templates
        self._charset: str = outlet.web.get("charset", "utf-8")

    def build(self) -> None:
        """Every page, list and robots.txt of the outlet."""
        outlet = self._outlet
        for post in outlet.posts:
            self._add_post(post)
        self._add_lists_of_posts()
        for page in outlet.pages:
            self._add_fixed_page(page)
        for settings in [*outlet.web.get("feeds", []), *outlet.web.get("sitemaps", [])]:
            self._add_list(**settings)
        if "archive" in outlet.web:
            self._add_archive(**outlet.web["archive"])
        self._add("/robots.txt", outlet.web["robots"].encode(), "text/plain; charset=utf-8")
        self._web.missing[outlet.host] = self._message(**outlet.web["not_found"], status=404)

    def _add(self, path: str, body: bytes, content_type: str, changed: datetime | None = None) -> None:
        modified = changed or self._outlet.posts[0].changed
        headers = {"Content-Type": content_type, "Last-Modified": _http_date(modified)}
        self._web.answers[self._outlet.base + path] = ProxyResponse(headers=headers, body=body)

    def _add_post(self, post: Post) -> None:
        outlet = self._outlet
        address = outlet.base + post.path
        if post.kind == "consent":
            self._web.answers[address] = self._message(**outlet.web["consent"], kind="consent")
            return
        if post.kind == "soft404":
            self._web.answers[address] = self._message(**outlet.web["not_found"])
            return
        self._add_html(post.path, self._article(post), post.changed)
        if outlet.template == "jsonld-amp":
            self._add_html(f"/amp{post.path}", self._article(post, amp=True), post.changed)
        if post.twin:
            self._add_html(post.twin, self._article(post, template="print"), post.changed)
        if post.href != post.path:
            step = f"/r/{post.number}/{post.slug}"
            self._web.answers[outlet.base + post.href] = _redirect(302, outlet.base + step)
            self._web.answers[outlet.base + step] = _redirect(301, outlet.base + post.path)

    def _article(self, post: Post, *, template: str = "", amp: bool = False) -> str:
        listed = self._outlet.listed
        pool = listed if post in listed else self._outlet.archived
        start = pool.index(post) + 1
        others = (pool[start:] + pool[: start - 1])[:_TEASERS]
        return self._render(template, kind="article", title=post.headline, post=post, others=others, amp=amp)

    def _add_lists_of_posts(self) -> None:
        outlet = self._outlet
        extra = outlet.announced("front")
        self._add_html("/", self._render(kind="front", title=outlet.name, posts=outlet.listed, extra=extra))
        paths = [post.href for post in outlet.listed] + [page.path for page in extra]
        self._web.announced[f"{outlet.base}/"] = [outlet.base + path for path in paths]
        for name, path in outlet.sections.items():
            posts = [post for post in outlet.listed if post.section == name]
            self._add_html(path, self._render(kind="section", title=name, posts=posts))

    def _add_fixed_page(self, page: FixedPage) -> None:
        if page.kind == "tag":
            posts = [post for post in self._outlet.listed if page.tag in post.keywords]
            self._add_html(page.path, self._render(kind="section", title=page.title, posts=posts))
        elif page.kind != "gone":
            self._add_html(page.path, self._render(kind="page", title=page.title, text=page.text))

    def _add_list(self, *, path: str, form: str, tracking: str = "") -> None:
        outlet = self._outlet
        entries = list(self._entries(tracking, with_pages=form not in ("news-sitemap", "sitemap")))
        self._web.announced[outlet.base + path] = [outlet.base + entry.path for entry in entries]
        if form == "json":
            self._add(path, json_feed(outlet, path, entries), "application/feed+json; charset=utf-8")
            return
        text = self._templates.get_template(f"lists/{form}.xml").render(
            site=outlet, path=path, entries=entries, charset=self._charset
        )
        # Like many old servers, the windows-1251 outlet names its encoding in the document only.
        self._add(path, text.encode(self._charset, "xmlcharrefreplace"), _LIST_TYPES[form])

    def _entries(self, tracking: str, *, with_pages: bool) -> Iterator[Entry]:
        outlet = self._outlet
        query = f"?{tracking}" if tracking else ""
        for post in outlet.listed:
            yield self._entry(post.headline, post.href, post.published, query, post)
            if post.twin and with_pages:
                yield self._entry(post.headline, post.twin, post.published, query)
        for page in outlet.announced("feed") if with_pages else ():
            yield self._entry(page.title, page.path, outlet.listed[0].published, query)

    def _entry(
        self, title: str, path: str, moment: datetime, query: str = "", post: Post | None = None
    ) -> Entry:
        link = self._outlet.base + path + query
        return Entry(title=title, link=link, path=path, moment=moment, post=post)

    def _add_archive(self, *, path: str, first: str, last: str) -> None:
        """A sitemap index with one child a month; children before the first article hold pages long gone."""
        children = [self._add_month(month) for month in months(first, last)]
        index = self._templates.get_template("lists/sitemap-index.xml").render(
            site=self._outlet, children=children
        )
        self._add(path, index.encode(), "application/xml")

    def _add_month(self, month: str) -> dict[str, str]:
        """One child sitemap; that of the first month with articles is a .gz file."""
        outlet = self._outlet
        posts = [post for post in outlet.posts if f"{post.published:%Y-%m}" == month]
        entries = [self._entry(post.headline, post.href, post.published) for post in posts]
        entries = entries or list(self._old_pages(month))
        body = self._templates.get_template("lists/sitemap.xml").render(site=outlet, entries=entries).encode()
        path, content_type = f"/sitemaps/{month}.xml", "application/xml"
        if month == f"{outlet.posts[-1].published:%Y-%m}":
            path, content_type, body = f"{path}.gz", "application/gzip", gzip.compress(body, mtime=0)
        self._add(path, body, content_type, max(entry.moment for entry in entries))
        if posts:
            self._web.announced[outlet.base + path] = [entry.link for entry in entries]
        return {"path": path, "lastmod": _month_end(month).isoformat()}

    def _old_pages(self, month: str) -> Iterator[Entry]:
        for number in range(1, _OLD_PAGES_A_MONTH + 1):
            moment = datetime.fromisoformat(f"{month}-{number * 9:02}T08:00:00+01:00")
            path = f"/archives/{moment:%Y/%m/%d}/page-{number}.html"
            self._web.answers[self._outlet.base + path] = self._message(
                **self._outlet.web["not_found"], status=410
            )
            yield self._entry("", path, moment)

    def _message(self, *, title: str, text: str, kind: str = "page", status: int = 200) -> ProxyResponse:
        page = self._render(kind=kind, title=title, text=text)
        return ProxyResponse(
            status=status, headers={"Content-Type": self._html_type()}, body=self._encode(page)
        )

    def _add_html(self, path: str, page: str, changed: datetime | None = None) -> None:
        self._add(path, self._encode(page), self._html_type(), changed)

    def _encode(self, page: str) -> bytes:
        return page.encode(self._charset, "xmlcharrefreplace")

    def _html_type(self) -> str:
        # The windows-1251 outlet names its encoding in a meta element only.
        return "text/html; charset=utf-8" if self._charset == "utf-8" else "text/html"

    def _render(self, template: str = "", **values: Any) -> str:
        names: dict[str, Any] = {
            "post": None,
            "posts": None,
            "text": "",
            "others": [],
            "extra": [],
            "amp": False,
        }
        footer = [page for page in self._outlet.pages if page.kind in ("page", "internal")]
        months_ = self._outlet.web["months"]
        return self._templates.get_template(f"{template or self._outlet.template}.html").render(
            names | values, site=self._outlet, footer=footer, month=lambda moment: months_[moment.month - 1]
        )


def _redirect(status: int, target: str) -> ProxyResponse:
    return ProxyResponse(
        status=status, headers={"Location": target, "Content-Type": "text/html; charset=utf-8"}
    )


def _http_date(moment: datetime) -> str:
    return format_datetime(moment.astimezone(UTC), usegmt=True)


def _month_end(month: str) -> date:
    first = date.fromisoformat(f"{month}-01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
