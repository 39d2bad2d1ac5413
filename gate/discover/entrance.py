"""The sign-in: where its form is, what its parts are called, what shows that one is in."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from gate.browser.login import sign_in
from gate.denylist import denied, leaves
from gate.discover.draft import Draft
from gate.discover.explorer import Described, Explorer, Survey
from gate.results import Cause, CheckStopped, CouldNotTell
from gate.settings import Account
from gate.target import Login

USUAL = ("login", "login/", "auth/login", "accounts/login/", "admin/", "admin/login", "signin")
_WORDS = re.compile(r"^(log ?in|sign ?in|iniciar sesión|ingresar|entrar|acceder|acceso)$", re.IGNORECASE)


@dataclass
class Entrance:
    """What [login] needs. `notes` say why a key is not sure."""

    path: str
    user: Described
    password: Described
    submit: Described
    home: str = "/"
    proof: dict[str, str] = field(default_factory=dict)
    error: str | None = None
    logout: list[Described] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def login(self, proof: dict[str, Any] | None = None) -> Login:
        """As the gate reads it."""
        return Login.model_validate(
            {
                "path": self.path,
                "home": self.home,
                "user": self.user,
                "password": self.password,
                "submit": self.submit,
                "proof": proof or self.proof,
            }
        )

    def write(self, draft: Draft) -> None:
        """The section [login]."""
        section = draft.section("[login]")
        section.put("path", self.path)
        section.put("home", None if self.home == "/" else self.home)
        section.put("user", self.user, self.notes.get("user"))
        section.put("password", self.password)
        section.put("submit", self.submit)
        section.put("proof", self.proof, self.notes.get("proof"))
        section.put(
            "error",
            self.error or "what the app says to a wrong password",
            None if self.error else "not seen: set GATE_NEGATIVE_USER and _PASSWORD, or type it here",
            off=self.error is None,
        )
        section.put(
            "logout",
            self.logout or ["Sign out"],
            None
            if self.logout
            else "no link or button to sign out was seen on the home page: name it, menus first",
            off=not self.logout,
        )


def find_entrance(explorer: Explorer, login_path: str | None) -> Entrance:
    """Look for the sign-in form: at `login_path`, at the start page, behind its link, at the usual places.

    Raises CouldNotTell when there is none.
    """
    start = explorer.open(login_path or "/")
    places = [start] if start else []
    if start and not login_path and not _form(start):
        behind = next((one for one in start["nav"] + start["links"] if _WORDS.match(one["text"])), None)
        if behind and behind["href"]:
            places.append(explorer.open(behind["href"]) or start)
    for page in places:
        if found := _entrance(explorer, page):
            return found
    for path in () if login_path else USUAL:
        usual = explorer.open(path)
        if usual and (found := _entrance(explorer, usual)):
            return found
        places += [usual] if usual else []
    if first := next((page for page in places if asks_for_the_user_alone(page)), None):
        raise CouldNotTell(
            "a form that asks for user and password",
            f"the one at {_path(first['url'])} asks for the user alone, and for the password on a page of its own",
            'describe the app by hand (docs/target.md): [login] next = "Continue" names the button in between',
            cause=Cause.CONFIGURATION,
        )
    raise CouldNotTell(
        "a form that asks for a password",
        f"none at {login_path or '/'} nor at the usual places: "
        f"{next(iter(explorer.broken.values()), 'the pages open without one')}",
        "give its path with --login-path",
        cause=Cause.CONFIGURATION,
    )


def enter(
    explorer: Explorer, entrance: Entrance, account: Account, stranger: Explorer | None = None
) -> Survey:
    """Sign in; sets home and proof. Returns the page one lands on; raises CouldNotTell when not let in.

    `stranger` sees what the pages show to somebody who is not signed in: none of it proves being in.
    """
    with explorer.readonly.signing_in():
        inside = {"element": {"css": "body:not(:has(input[type=password]))"}}
        attempt = sign_in(explorer.visitor, entrance.login(inside), account)
    if not attempt.signed_in:
        raise CouldNotTell(
            "to be signed in",
            f"the form is still there; the page says {attempt.message!r}",
            "are user and password right? try them by hand",
            cause=Cause.CONFIGURATION,
        )
    landing = explorer.survey()
    entrance.home = _home(explorer, landing)
    page = explorer.open(entrance.home) or landing
    outside = [stranger.open(path) for path in (entrance.path, entrance.home)] if stranger else []
    known = " / ".join(one["text"] for one in outside if one)
    only_inside = [one for one in page["main"] + page["headings"] if one not in known]
    if only_inside:
        entrance.proof = {"heading": only_inside[0]}
    else:
        home = (page["url"].rstrip("/"), explorer.visitor.base_url)
        # What unfolds a menu counts by its own name; a brand, which leads home, comes last.
        menu = sorted(page["nav"], key=lambda one: one["href"].rstrip("/#") in home)
        seen = [one["toggle"] or one["text"] for one in menu if one["toggle"] or one["seen"]]
        words = [word for word in seen if word not in known]
        entrance.proof = {"text": words[0] if words else page["title"]}
        entrance.notes["proof"] = "the page has no heading of its own; a text that only shows when signed in"
    return page


def way_out(explorer: Explorer, entrance: Entrance, landing: Survey) -> list[Described]:
    """What is clicked to sign out, menus first: found by its words on `landing`, which is open, never clicked."""
    # Words that a person reads count before an address, and what is in sight before what a menu hides.
    ranked = sorted(
        landing["nav"] + landing["links"], key=lambda one: (not leaves(one["text"]), not one["seen"])
    )
    out = [one for one in ranked if _leads_out(one)]
    if way := next((way for one in out if one["seen"] and (way := explorer.clickable(one))), None):
        return [way]
    for one in (hidden for hidden in out if hidden["toggle"] and not denied(hidden["toggle"])):
        opened = explorer.follow(entrance.home, [one["toggle"]])
        shown = [other for other in opened["nav"] + opened["links"] if other["seen"]] if opened else []
        same = [other for other in shown if (other["text"], other["href"]) == (one["text"], one["href"])]
        if way := next((way for other in same if (way := explorer.clickable(other))), None):
            return [one["toggle"], way]
    return []


def _leads_out(link: dict[str, Any]) -> bool:
    return len(link["text"]) <= 40 and (leaves(link["text"]) or bool(link["href"] and leaves(link["href"])))


def wrong_password(explorer: Explorer, entrance: Entrance, account: Account) -> None:
    """Read what the app says to a wrong password, with the account that is there for that."""
    with explorer.readonly.signing_in():
        try:
            wrong = f"not-{account.password.get_secret_value()}"
            attempt = sign_in(explorer.visitor, entrance.login(), account, password=wrong)
        except CheckStopped:
            return
    message = attempt.message.split(" / ")[0].strip()
    entrance.error = message or None


def _form(page: Survey) -> dict[str, Any] | None:
    return next(
        (form for form in page["forms"] if sum(one["kind"] == "password" for one in form["fields"]) == 1),
        None,
    )


def asks_for_the_user_alone(page: Survey) -> bool:
    """Whether a page of the sign-in has a form with one field, to which the password follows elsewhere."""
    if not re.search(r"log-?in|sign-?in|acce", urlsplit(page["url"]).path, re.IGNORECASE):
        return False
    kinds = [[one["kind"] for one in form["fields"] if one["kind"] != "checkbox"] for form in page["forms"]]
    return ["text"] in kinds or ["email"] in kinds


def _entrance(explorer: Explorer, page: Survey) -> Entrance | None:
    form = _form(page)
    if form is None:
        return None
    fields = form["fields"]
    at = next(rank for rank, one in enumerate(fields) if one["kind"] == "password")
    users = [one for one in fields[:at] if one["kind"] in ("text", "email", "search")]
    if not users or not form["submits"]:
        return None
    user, password = explorer.field(users[-1]), explorer.field(fields[at])
    submit = explorer.clickable(form["submits"][0])
    if not (user and password and submit):
        return None
    found = Entrance(_path(page["url"]), user, password, submit)
    if len(users) > 1:
        found.notes["user"] = f"the form has {len(users)} text fields"
    return found


def _home(explorer: Explorer, landing: Survey) -> str:
    """The shortest path that shows the navigation to a signed-in person."""
    page = explorer.open("/")
    wanted = {one["text"] for one in landing["nav"]}
    if page and wanted and wanted <= {one["text"] for one in page["nav"]} and page["main"] == landing["main"]:
        return "/"
    return _path(landing["url"])


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"#{parts.fragment}" if parts.fragment.startswith("/") else "")
