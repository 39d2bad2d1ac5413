"""Signing in without a browser: the form sent as plain HTTP, bent as no browser would."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

from gate.access.asking import WHOLE_S, Answer, ask, cookie_header
from gate.access.page import Form, read_page
from gate.access.paths import own_path, where_a_browser_goes
from gate.results import Cause, CheckStopped, CouldNotTell, Failed
from gate.services.bounded import read_async
from gate.services.http import PASSING
from gate.settings import Account


@dataclass
class Session:
    """The cookies of one visitor, kept as a browser keeps them; `lines` are the Set-Cookie lines so far."""

    cookies: dict[str, str] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)

    async def open(self, client: httpx.AsyncClient, path: str) -> tuple[str, httpx.Response]:
        """Open a page as a browser does, following redirects within the app; returns where it ended, and the answer."""
        for _ in range(5):
            request = client.build_request("GET", path, headers=cookie_header(self.cookies))
            response = await read_async(client, request, WHOLE_S)
            self.keep(response)
            onward = own_path(str(client.base_url).rstrip("/"), path, response.headers.get("location", ""))
            if not response.is_redirect or onward is None:
                break
            path = onward
        return path, response

    def keep(self, response: httpx.Response) -> None:
        """Take over what the app sets and takes away."""
        for line in response.headers.get_list("set-cookie"):
            self.lines.append(line)
            try:
                morsels = SimpleCookie(line).values()
            except CookieError:
                continue
            for morsel in morsels:
                gone = morsel["max-age"] == "0" or "1970" in morsel["expires"] or not morsel.value
                if gone:
                    self.cookies.pop(morsel.key, None)
                else:
                    self.cookies[morsel.key] = morsel.value


@dataclass(frozen=True)
class Opened:
    """The sign-in form as one visitor got it."""

    path: str
    form: Form
    session: Session

    @property
    def token(self) -> tuple[str, str] | None:
        """Name and value of the form's token against forgery."""
        return next(((name, self.form.fields[name]) for name in self.form.tokens), None)


@dataclass(frozen=True)
class Sent:
    """What the app answered to a form: its status, and where a browser would go from there ("" to stay)."""

    status: int
    location: str


async def open_form(client: httpx.AsyncClient, path: str) -> Opened:
    """Get the sign-in form as a new visitor.

    Raises CouldNotTell when there is no plain form with one field for the user and one for the password.
    """
    session = Session()
    path, response = await session.open(client, path)
    form = read_page(response.text).sign_in
    if form is None or form.user is None or form.method != "post":
        said = (
            "a script draws or sends it" if form is None else "it has no field for the user by the password"
        )
        raise not_by_form(path, said)
    return Opened(path, form, session)


async def send_form(
    client: httpx.AsyncClient, opened: Opened, account: Account, *, without: tuple[str, ...] = ()
) -> Sent:
    """Send the form with the account's password, without some fields; redirects are not followed."""
    form = opened.form
    fields = {
        **form.fields,
        str(form.user): account.user,
        str(form.password): account.password.get_secret_value(),
    }
    base = str(client.base_url).rstrip("/")
    action = own_path(base, opened.path, form.action or opened.path)
    if action is None:
        raise not_by_form(opened.path, f"it is sent to {form.action}")
    request = client.build_request(
        "POST",
        action,
        data={name: value for name, value in fields.items() if name not in without},
        headers={**cookie_header(opened.session.cookies), "Referer": f"{base}{opened.path}", "Origin": base},
    )
    response = await read_async(client, request, WHOLE_S)
    opened.session.keep(response)
    said = response.headers.get("location", "")
    return Sent(response.status_code, where_a_browser_goes(f"{base}{action}", said) if said else "")


async def sign_in_plainly(
    client: httpx.AsyncClient, login_path: str, home: str, account: Account
) -> Session | None:
    """A session signed in by the plain form, several times as quick as a browser; None where that does not work, or
    ends with an error, which a browser shows whatever session came with it."""
    try:
        opened = await open_form(client, login_path)
        sent = await send_form(client, opened, account)
        if sent.status >= 500:
            return None
        inside = await is_in(client, home, login_path, opened.session.cookies)
    except (CheckStopped, httpx.HTTPError):
        return None
    return opened.session if inside else None


def not_by_form(path: str, observed: str) -> CouldNotTell:
    """The sign-in cannot be done without a browser, which says nothing of the app."""
    return CouldNotTell(
        f"a plain sign-in form at {path}",
        observed,
        "this check sends the form without a browser; where that is impossible, name the check in not_proven with "
        "a reason",
        cause=Cause.CONFIGURATION,
    )


async def is_in(client: httpx.AsyncClient, home: str, login_path: str, cookies: Mapping[str, str]) -> bool:
    """Whether the home page opens with these cookies instead of asking for a password.

    Raises what `no_word` gives: a page that does not come shows neither.
    """
    answer: Answer = await ask(client, home, cookies)
    if stop := no_word(home, answer.status, str(answer)):
        raise stop
    return answer.good and not answer.asks_to_sign_in(login_path)


def no_word(path: str, status: int, said: str) -> CheckStopped | None:
    """Why an answer does not tell who is in: an error of the app, or that it was not heard. None: it does tell."""
    expected = f"{path} to open, or to ask for a password"
    if status == 0 or status in PASSING:
        return CouldNotTell(
            expected, said, "run again; is the app throttled, or down?", cause=Cause.THIRD_PARTY
        )
    return Failed(expected, said, "see the app's log of that minute") if status >= 500 else None


async def return_parameter(client: httpx.AsyncClient, path: str) -> str | None:
    """The query parameter in which the sign-in keeps the page that was asked for, or None."""
    response = await read_async(client, client.build_request("GET", path), WHOLE_S)
    query = urlsplit(response.headers.get("location", "")).query
    return next((name for name, value in parse_qsl(query) if urlsplit(value).path == path), None)


def with_return(login_path: str, name: str, target: str) -> str:
    """The sign-in path that asks to be sent on to `target` afterwards."""
    return f"{login_path}{'&' if '?' in login_path else '?'}{name}={quote(target, safe='')}"
