"""One way to speak HTTP to an outside service: over https, to one host, bounded, with visible retries."""

from __future__ import annotations

import contextlib
import functools
import ipaddress
import itertools
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx

from gate.services import bounded
from gate.user_agent import user_agent

LARGEST = 64 * 2**20
# What a server, or the edge before it, says now and then without meaning it.
PASSING = frozenset({429, 502, 503, 504})
WORTH_ANOTHER_TRY = PASSING | {500}


class ServiceError(Exception):
    """An outside service did not give what was asked. `str()` names the service, what it said and what to do.

    `status` is the HTTP status or None when nothing answered; `code` is the service's own error code.
    """

    def __init__(
        self, message: str, *, hint: str = "", status: int | None = None, code: str = "", request_id: str = ""
    ) -> None:
        super().__init__(message)
        self.hint, self.status, self.code, self.request_id = hint, status, code, request_id


class AddressRefused(ServiceError):
    """The gate will not send anything there: not https, or not the host that the target names."""


class Unreachable(ServiceError):
    """Nothing answered in time, or the service said 5xx until patience ran out."""


class Throttled(ServiceError):
    """The service said 429 until patience ran out."""


class Denied(ServiceError):
    """401 or 403: the credentials are wrong or lack the permission."""


class Missing(ServiceError):
    """404 or 410: no such thing."""


class Unexpected(ServiceError):
    """An answer that the service's documentation does not describe for this question."""


@dataclass(frozen=True)
class Attempt:
    """One request that was sent, what came of it, and the seconds until the next (0: none followed)."""

    method: str
    path: str
    outcome: str
    wait_s: float

    def __str__(self) -> str:
        waited = f"; next try after {self.wait_s:.1f} s" if self.wait_s else ""
        return f"{self.method} {self.path}: {self.outcome}{waited}"


class ServiceClient:
    """HTTP to one service at `base_url`, and to no other host. Use as a context manager.

    `timeout_s` bounds one answer, `patience_s` bounds one question with all its retries, `throttled_s` (by default
    the same) one that the service puts off with 429. `attempts` tells every request that was sent. Raises
    AddressRefused unless the address is https or on this machine, and Denied when a header holds what cannot be
    sent (a key with a line break or an accent).
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        run_id: str,
        *,
        headers: Mapping[str, str] | None = None,
        timeout_s: float = 10.0,
        patience_s: float = 15.0,
        throttled_s: float | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = name
        self.base_url = base_url.rstrip("/") + "/"
        self.attempts: list[Attempt] = []
        self.served_at: datetime | None = None
        self._timeout_s, self._patience_s = timeout_s, patience_s
        self._throttled_s = patience_s if throttled_s is None else throttled_s
        self._clock, self._sleep = clock, sleep
        refuse_unless_private(name, base_url)
        if not all(value.isascii() and value.isprintable() for value in (headers or {}).values()):
            raise Denied(
                f"the credentials for {name} hold characters that cannot be sent",
                hint="copy the key again: it holds a line break, an accent or an invisible character",
            )
        own_machine = is_loopback(base_url)
        self._http = httpx.Client(
            headers={"User-Agent": user_agent(run_id), **(headers or {})},
            transport=transport,
            # A proxy of the environment must not swallow what runs on this machine.
            trust_env=not own_machine,
            verify=not base_url.startswith("http://") and trust_store(),
        )

    def __enter__(self) -> ServiceClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the connections."""
        self._http.close()

    def read(
        self,
        path: str,
        *,
        params: Any = None,
        headers: Mapping[str, str] | None = None,
        method: str = "GET",
        form: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """Ask for something; nothing may change by asking. Transport errors, 429 and 5xx are tried again.

        `path` is relative to the base URL, or a full URL of the same origin. Returns the last answer,
        whatever its status; raises Unreachable when none came, AddressRefused for another origin.
        """
        began = self._clock()
        pause = 0.5
        for tries in itertools.count(1):
            left = max(self._patience_s, self._throttled_s) - (self._clock() - began)
            answer, problem = self._try(method, path, params, headers, form, left)
            if answer is not None and answer.status_code not in WORTH_ANOTHER_TRY:
                self._note(method, path, f"{answer.status_code}", 0)
                return answer
            outcome = problem if answer is None else f"{answer.status_code}"
            wait = max(pause, retry_after(answer))
            put_off = answer is not None and answer.status_code == 429
            if self._clock() - began + wait >= (self._throttled_s if put_off else self._patience_s):
                self._note(method, path, outcome, 0)
                if answer is None:
                    raise Unreachable(
                        f"{self.name} at {self.origin} did not answer: {problem} (tried {tries} times)",
                        hint=f"is {self.name} up, and can this machine reach it?",
                    )
                return answer
            self._note(method, path, outcome, wait)
            self._sleep(wait)
            pause *= 2
        raise AssertionError("the loop ends by returning or raising")

    def change(
        self, method: str, path: str, *, headers: Mapping[str, str] | None = None, json: Any = None
    ) -> httpx.Response:
        """Send something that changes state: exactly once. Raises Unreachable when no answer came."""
        request = self._http.build_request(method, self.address(path), headers=headers, json=json)
        try:
            answer = self._exchange(request, self._timeout_s)
        except httpx.RequestError as error:
            self._note(method, path, _said(error), 0)
            raise Unreachable(
                f"{self.name} at {self.origin} did not answer: {_said(error)}",
                hint="whether it took effect is unknown; look before trying again",
            ) from None
        self._note(method, path, f"{answer.status_code}", 0)
        self._keep_time(answer)
        return answer

    @property
    def origin(self) -> str:
        """Scheme and host, as shown to people."""
        parts = urlsplit(self.base_url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def address(self, path: str) -> str:
        """The full URL of `path`; raises AddressRefused when it leaves the service's origin."""
        url = path if "://" in path else urljoin(self.base_url, path.lstrip("/"))
        wanted, own = urlsplit(url), urlsplit(self.base_url)
        if (wanted.scheme, wanted.netloc) != (own.scheme, own.netloc):
            raise AddressRefused(
                f"{self.name} pointed to {wanted.scheme}://{wanted.hostname}, which is not {self.origin}",
                hint="credentials go only to the host that the target names",
            )
        return url

    def _try(
        self,
        method: str,
        path: str,
        params: Any,
        headers: Mapping[str, str] | None,
        form: Mapping[str, str] | None,
        left_s: float,
    ) -> tuple[httpx.Response | None, str]:
        request = self._http.build_request(
            method, self.address(path), params=params, headers=headers, data=form
        )
        try:
            answer = self._exchange(request, min(self._timeout_s, max(left_s, 0.1)))
        except httpx.RequestError as error:
            return None, _said(error)
        self._keep_time(answer)
        return answer, ""

    def _exchange(self, request: httpx.Request, seconds: float) -> httpx.Response:
        """The whole answer within `seconds`."""
        answer = bounded.read(self._http, request, seconds, largest=LARGEST, clock=self._clock)
        if len(answer.content) > LARGEST:
            raise httpx.DecodingError(f"more than {LARGEST // 2**20} MB", request=request)
        return answer

    def _note(self, method: str, path: str, outcome: str, wait_s: float) -> None:
        self.attempts.append(Attempt(method, urlsplit(self.address(path)).path, outcome, wait_s))

    def _keep_time(self, answer: httpx.Response) -> None:
        with contextlib.suppress(KeyError, ValueError):
            self.served_at = parsedate_to_datetime(answer.headers["Date"])


def refusal(
    service: str,
    answer: httpx.Response,
    message: str,
    *,
    code: str = "",
    hint: str = "",
    request_id: str = "",
) -> ServiceError:
    """The error that an unwelcome answer stands for, ready to be raised."""
    status = answer.status_code
    kind: type[ServiceError] = Unexpected
    if status == 429:
        kind, hint = (
            Throttled,
            hint or f"{service} limits how often it may be asked; try again in a few minutes",
        )
    elif status >= 500:
        kind, hint = Unreachable, hint or f"{service} is in trouble; see its status page and try again"
    elif status in (401, 403):
        kind = Denied
    elif status in (404, 410):
        kind = Missing
    said = " ".join(part for part in (code, message) if part) or "no explanation"
    return kind(
        f"{service} answered {status}: {said[:300]}",
        hint=hint,
        status=status,
        code=code,
        request_id=request_id,
    )


def message_of(answer: httpx.Response) -> str:
    """What the "message" of an unwelcome answer says, else how its text begins."""
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text.strip()[:200]


def json_object(service: str, answer: httpx.Response) -> Any:
    """The JSON of an answer; raises Unexpected when it is none."""
    try:
        return answer.json()
    except ValueError:
        kind = answer.headers.get("Content-Type", "no content type").partition(";")[0]
        raise Unexpected(
            f"{service} answered {answer.status_code} with {kind} instead of JSON",
            hint="is this the address of the API, or of a proxy or sign-in page?",
            status=answer.status_code,
        ) from None


def is_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@functools.cache
def trust_store() -> ssl.SSLContext:
    """The certificates to trust, read once: reading them takes longer than a request on loopback."""
    return httpx.create_ssl_context()


def refuse_unless_private(name: str, url: str) -> None:
    """Raise AddressRefused unless the URL is https, or http on this machine."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        parts = urlsplit("")
    if parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))):
        return
    shown = f"{parts.scheme}://{parts.hostname}" if parts.hostname else "an address that is no URL"
    raise AddressRefused(
        f"{name} is configured at {shown}", hint="give an https:// address: secrets do not travel in clear"
    )


def retry_after(
    answer: httpx.Response | None, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float:
    """Seconds that `Retry-After` asks to wait (a number or a date); 0 when it says nothing."""
    said = answer.headers.get("Retry-After", "") if answer is not None else ""
    if said.isdigit():
        return float(said)
    with contextlib.suppress(ValueError, TypeError):
        return max(0.0, (parsedate_to_datetime(said) - now()).total_seconds())
    return 0.0


def _said(error: httpx.RequestError) -> str:
    if isinstance(error, httpx.ConnectTimeout):
        return "no connection in time"
    if isinstance(error, httpx.TimeoutException):
        return "connected, but no answer in time"
    return str(error) or type(error).__name__
