"""What can stand between the gate and an app without being the app's fault, told by name. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from gate.results import Cause


@dataclass(frozen=True)
class Obstacle:
    """One of them: a stable kind, what was seen, what to do, and whose doing it is."""

    kind: str
    observed: str
    hint: str
    cause: Cause = Cause.CONFIGURATION


_CAPTCHA = re.compile(
    r"g-recaptcha|h-captcha|cf-turnstile|recaptcha/api\.js|hcaptcha\.com/1/api|challenges\.cloudflare\.com"
    r"|cf-chl-|Just a moment\.\.\.",
    re.IGNORECASE,
)
_MAINTENANCE = re.compile(
    r"maintenance|mantenimiento|temporarily unavailable|be right back|volvemos pronto|en breve", re.IGNORECASE
)
_WAKING = re.compile(r"service waking up|application loading|is waking up|spinning up", re.IGNORECASE)
_SINGLE_SIGN_ON = re.compile(
    r"(^|\.)(login\.microsoftonline\.com|login\.live\.com|accounts\.google\.com|okta\.com|auth0\.com|onelogin\.com"
    r"|pingidentity\.com|duosecurity\.com)$|(^|\.)(sso|adfs|idp|keycloak)\.",
    re.IGNORECASE,
)


def in_answer(
    asked: str, answered: str, status: int, headers: Mapping[str, str], body: str
) -> Obstacle | None:
    """The obstacle in one HTTP answer: `asked` is the URL asked for, `answered` the one after redirects."""
    if away := led_away(asked, answered):
        return away
    challenge = headers.get("www-authenticate", "")
    if status == 401 and challenge:
        return Obstacle(
            "basic_auth",
            f"HTTP 401 and a challenge of the server itself: {challenge[:80]}",
            "the whole app stands behind HTTP authentication, where no sign-in form is reached: let the "
            "gate's address through, or point --base-url past it",
        )
    if headers.get("x-render-routing", "").startswith(("hibernate", "dynamic-hibernate")) or _WAKING.search(
        body[:4000]
    ):
        return asleep(f"HTTP {status} from the host's own waiting page")
    if _CAPTCHA.search(body):
        return captcha()
    if status in (502, 503, 504) and (_MAINTENANCE.search(body[:4000]) or "retry-after" in headers):
        return maintenance(f"HTTP {status} and a maintenance page: {_words(body)!r}")
    return None


def led_away(asked: str, answered: str) -> Obstacle | None:
    """Whether the way led to another host: single sign-on, or simply a wrong --base-url."""
    here, there = urlsplit(asked), urlsplit(answered)
    if here.hostname == there.hostname or not there.hostname:
        return None
    place = f"{there.scheme}://{there.netloc}"
    if _SINGLE_SIGN_ON.search(there.hostname) or re.search(r"oauth|saml|openid|/authorize", there.path):
        return Obstacle(
            "single_sign_on",
            f"the sign-in leads to {place}: single sign-on",
            "the gate signs in at the app's own form: give it an account and a login.path that need no "
            "single sign-on (many apps keep one, such as /login/local)",
        )
    return Obstacle(
        "other_host",
        f"it leads to {place}, another host",
        f"give --base-url {place} if that is the app; else look at the redirect",
    )


def captcha() -> Obstacle:
    """A puzzle for people."""
    return Obstacle(
        "captcha",
        "a captcha stands on the page",
        "no program gets past it: switch it off for this environment or for the gate's address",
    )


def maintenance(observed: str) -> Obstacle:
    """The app was taken out of service on purpose."""
    return Obstacle(
        "maintenance",
        observed,
        "end the maintenance mode, then run again; nothing was judged",
        Cause.THIRD_PARTY,
    )


def asleep(observed: str) -> Obstacle:
    """A host that stops apps nobody uses, and takes a minute to start them again."""
    return Obstacle(
        "cold_start",
        observed,
        "a free plan stops an app that nobody uses and needs up to a minute to start it: set wakes_within_s "
        "of this environment in target.toml to 90, or open the app once and run again",
        Cause.THIRD_PARTY,
    )


def in_failure(error: str, url: str, waited_s: float) -> Obstacle | None:
    """The obstacle in a request that got no answer; `error` is what the HTTP client or the browser said."""
    lowered = error.lower()
    if "certificate" in lowered or "err_cert_" in lowered:
        return Obstacle(
            "certificate",
            f"the certificate of {urlsplit(url).netloc} is not trusted: {error[:160]}",
            "have a valid certificate installed there; a private authority must be known to this machine: its file "
            "in SSL_CERT_FILE for the gate's requests, and imported into ~/.pki/nssdb for the browser",
        )
    if (
        "too many redirects" in lowered
        or "toomanyredirects" in lowered
        or "err_too_many_redirects" in lowered
    ):
        return Obstacle(
            "endless_redirect",
            f"{urlsplit(url).path or '/'} redirects without end",
            "look at the rule that sends visitors on (https behind a proxy, www, a required sign-in of the "
            "sign-in page itself)",
            Cause.PRODUCT,
        )
    if "timeout" in lowered and "connect" not in lowered:
        return asleep(f"no answer within {waited_s:.0f} s, although something accepts the connection")
    return None


_EXPIRED = re.compile(
    r"(password|contraseña|clave)[^.]{0,40}(expired|has to be changed|caduc|venci|expir)", re.IGNORECASE
)
_CHANGING = re.compile(
    r"(change|cambi)\w*\s+(your|su|la|tu)\s+(password|contraseña|clave)|new password|nueva (contraseña|clave)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Asks:
    """What a page asks for: its visible fields, how many of them for a password, and whether a captcha is there.

    `text` is what it shows, with the names of the password fields; `said` its messages after a sign-in.
    """

    fields: int
    passwords: int
    captcha: bool
    text: str
    said: str = ""


def in_page(page: Asks) -> Obstacle | None:
    """The obstacle on the sign-in page, or on the one behind it: a captcha, a maintenance page, or a password that
    has to be changed first.
    """
    if page.captcha:
        return captcha()
    if not page.fields and _MAINTENANCE.search(page.text[:1000]):
        return maintenance(f"a maintenance page: {page.text[:120]!r}")
    changing = page.passwords >= 2 and (_EXPIRED.search(page.text) or _CHANGING.search(page.text))
    if changing or _EXPIRED.search(page.said):
        return Obstacle(
            "expired_password",
            "the app asks for a new password before it lets this account in",
            "set a new password by hand, give the account one that does not expire, and renew the gate's "
            "variable",
        )
    return None


def _words(body: str) -> str:
    text = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", body)
    return " ".join(text.split())[:120]
