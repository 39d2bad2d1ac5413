"""What the text of a page says without a browser: links, forms, a title. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

_TOKEN = re.compile(r"csrf|xsrf|authenticity|requestverification|(^|_)token$|nonce", re.IGNORECASE)
# Long, of letters and digits: no word, number, date or path.
_OPAQUE = re.compile(r"(?!/)(?=.*\d)(?=.*[A-Za-z])[\w.+/=-]{16,}")


@dataclass(frozen=True)
class Link:
    """A link as it stands on the page: its address and what a person reads on it."""

    href: str
    text: str


@dataclass(frozen=True)
class Form:
    """A form, its fields as a browser sends them untouched; `kinds` holds the type of each."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)

    @property
    def tokens(self) -> tuple[str, ...]:
        """Names of the hidden fields that prove that the form came from the app, by name, else by their values."""
        hidden = [name for name, kind in self.kinds.items() if kind == "hidden"]
        named = tuple(name for name in hidden if _TOKEN.search(name))
        return named or tuple(name for name in hidden if _OPAQUE.fullmatch(self.fields.get(name, "")))

    @property
    def password(self) -> str | None:
        """Name of the only password field, which makes it a sign-in form."""
        names = [name for name, kind in self.kinds.items() if kind == "password"]
        return names[0] if len(names) == 1 else None

    @property
    def user(self) -> str | None:
        """Name of the field for the user: the last visible one before the password."""
        before: str | None = None
        for name, kind in self.kinds.items():
            if kind == "password":
                return before
            if kind in ("text", "email", "tel", ""):
                before = name
        return None


@dataclass(frozen=True)
class Page:
    """Links, forms and title of one page. `token` is the anti-forgery token that any of its forms carries."""

    title: str
    links: tuple[Link, ...]
    forms: tuple[Form, ...]
    token: tuple[str, str] | None

    @property
    def sign_in(self) -> Form | None:
        """The form that asks for a password, if there is one."""
        return next((form for form in self.forms if form.password), None)


def read_page(html: str) -> Page:
    """Read what is there; broken HTML gives what can be made out."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    token = next(((name, form.fields[name]) for form in reader.forms for name in form.tokens), reader.meta)
    return Page(
        " ".join(reader.title.split())[:120],
        tuple(Link(href, " ".join(text.split())[:80]) for href, text in reader.links),
        tuple(reader.forms),
        token,
    )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.title = ""
        self.links: list[tuple[str, str]] = []
        self.forms: list[Form] = []
        self.meta: tuple[str, str] | None = None
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "a" and said.get("href"):
            self.links.append((said["href"], said.get("aria-label") or said.get("title", "")))
            self._inside = "a"
        elif tag in ("iframe", "frame") and said.get("src"):
            self.links.append((said["src"], said.get("title", "")))
        elif tag == "title" and not self.title:
            self._inside = "title"
        elif tag == "meta" and _TOKEN.search(said.get("name", "")):
            self.meta = (said["name"], said.get("content", ""))
        elif tag == "form":
            self.forms.append(Form(said.get("action", ""), said.get("method", "get").lower()))
        elif tag in ("input", "select", "textarea", "button") and said.get("name") and self.forms:
            self._field(tag, said)

    def _field(self, tag: str, said: dict[str, str]) -> None:
        kind = said.get("type", "").lower() if tag == "input" else tag
        if kind in ("checkbox", "radio") and "checked" not in said:
            return
        self.forms[-1].kinds[said["name"]] = kind
        if kind not in ("submit", "button", "image", "reset", "file"):
            self.forms[-1].fields[said["name"]] = said.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._inside:
            self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside == "title":
            self.title += data
        elif self._inside == "a" and self.links:
            href, text = self.links[-1]
            self.links[-1] = (href, text + data)
