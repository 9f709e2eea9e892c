"""The sample web's data: outlets, their articles and fixed pages, read from seeds/sample-web."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from anyascii import anyascii

FOLDER = Path(__file__).resolve().parents[1] / "seeds" / "sample-web"
"""Where the sample web's data lies."""

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class SampleDataError(Exception):
    """The data cannot be read; the message names file, place and what to mend."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """One article of an outlet, as its YAML file gives it, with the addresses it is served under."""

    slug: str
    number: int
    """Stable number within the outlet, oldest first."""
    related: str
    """"story", "neighbour" or "no": how it relates to the seed's event."""
    topic: str
    """Label of the event; equal labels report the same event."""
    headline: str
    description: str
    authors: list[str]
    section: str
    section_path: str
    keywords: list[str]
    published: datetime
    """With the outlet's zone."""
    modified: datetime | None
    caption: str
    credit: str
    credit_line: str
    """Agency that supplied the text; empty where the outlet wrote it."""
    kind: str
    """"article", "paywall", "consent", "soft404", "redirect" or "wrong-language"."""
    copy_of: str
    """"host/slug" of the article whose text this one repeats; empty for an original."""
    translation_of: str
    """"host/slug" of the article that this one translates; empty for an original."""
    paragraphs: list[str]
    path: str
    """Where the article's page lies."""
    href: str
    """The path under which the outlet links and announces it; differs from `path` only for a redirect."""
    twin: str
    """Path of a second page with the same text (print version); empty where there is none."""

    @property
    def changed(self) -> datetime:
        """The last change, or else the publication."""
        return self.modified or self.published


@dataclass(frozen=True, slots=True, kw_only=True)
class FixedPage:
    """A page that is no article: imprint, tag page, staff page, a page that is gone."""

    path: str
    title: str
    text: str = ""
    kind: str = "page"
    """"page", "tag" (a list of articles), "internal" (robots.txt forbids it) or "gone" (404)."""
    tag: str = ""
    """Keyword of the articles that a tag page lists."""
    announced_in: list[str] = field(default_factory=list)
    """"feed" and "front": the lists that name it as if it were an article."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """One outlet."""

    host: str
    name: str
    language: str
    """ISO 639-1."""
    country: str
    template: str
    web: Mapping[str, Any]
    """Its entry in web.yml."""
    posts: list[Post]
    """Newest first."""
    pages: list[FixedPage]

    @property
    def base(self) -> str:
        """Address without the path, such as "http://tagblatt.example"."""
        return f"http://{self.host}"

    @property
    def listed(self) -> list[Post]:
        """What front page, section pages and feeds name: all, or the newest few."""
        return self.posts[: self.web.get("listed")]

    @property
    def archived(self) -> list[Post]:
        """What only the dated sitemaps name."""
        return self.posts[len(self.listed) :]

    @property
    def sections(self) -> dict[str, str]:
        """Section name to path, of the listed articles."""
        return {post.section: post.section_path for post in self.listed}

    def announced(self, where: str) -> list[FixedPage]:
        """The fixed pages that feeds ("feed") or front page ("front") name as if they were articles."""
        return [page for page in self.pages if where in page.announced_in]


def load(folder: Path = FOLDER) -> list[Outlet]:
    """All outlets, by host name. Raises SampleDataError."""
    settings = _read(folder / "web.yml")
    outlets = []
    for file in sorted((folder / "outlets").glob("*.yml")):
        data = _read(file)
        if data.get("host") not in settings:
            raise SampleDataError(f"{file.name}: host {data.get('host')!r} has no entry in web.yml; add one")
        outlets.append(_outlet(data, settings[data["host"]], file.name))
    return outlets


def _read(file: Path) -> dict[str, Any]:
    try:
        data = yaml.load(file.read_text(encoding="utf-8"), Loader=_Loader)  # a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SampleDataError(f"{file}: {str(error).splitlines()[0]}; mend the file") from error
    if not isinstance(data, dict):
        raise SampleDataError(f"{file}: not a mapping of keys; mend the file")
    return data


def _outlet(data: dict[str, Any], web: Mapping[str, Any], file: str) -> Outlet:
    oldest_first = sorted(
        data["articles"], key=lambda article: str(article.get("published"))
    )  # one zone each
    posts = []
    for number, article in enumerate(oldest_first, start=1001):
        try:
            posts.append(_post(article, number, web))
        except (KeyError, TypeError, ValueError) as error:
            raise SampleDataError(f"{file}: article {article.get('slug')!r}: {error!r}; mend it") from error
    return Outlet(
        host=data["host"],
        name=data["name"],
        language=data["language"],
        country=data["country"],
        template=data["template"],
        web=web,
        posts=posts[::-1],
        pages=[FixedPage(**page) for page in web.get("pages", [])],
    )


def _post(article: dict[str, Any], number: int, web: Mapping[str, Any]) -> Post:
    published = _moment(article["published"])
    section = slugify(article["section"])
    path = web["article_path"].format(date=published, slug=article["slug"], section=section, number=number)
    twin = web.get("twin", {})
    kind = article.get("kind", "article")
    return Post(
        slug=article["slug"],
        number=number,
        related="no"
        if article["related"] is False
        else article["related"],  # YAML reads a bare `no` as False
        topic=article["topic"],
        headline=article["headline"],
        description=article["description"],
        authors=article.get("authors") or [],
        section=article["section"],
        section_path=web["section_path"].format(section=section),
        keywords=article["keywords"],
        published=published,
        modified=_moment(article["modified"]) if "modified" in article else None,
        caption=article.get("caption", ""),
        credit=article.get("credit", ""),
        credit_line=article.get("credit_line", ""),
        kind=kind,
        copy_of=article.get("copy_of", ""),
        translation_of=article.get("translation_of", ""),
        paragraphs=[part.strip() for part in re.split(r"\n\s*\n", article["text"]) if part.strip()],
        path=path,
        href=f"/go/{number}" if kind == "redirect" else path,
        twin=twin["path"].format(slug=article["slug"]) if twin.get("of") == article["slug"] else "",
    )


def _moment(value: str) -> datetime:
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError(f"time without a zone: {value}")
    return moment


def slugify(text: str) -> str:
    """The text as a word for an address: "Économie" gives "economie"."""
    return re.sub(r"[^a-z0-9]+", "-", anyascii(text).lower()).strip("-")
