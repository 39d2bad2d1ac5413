"""Microsoft Graph as the gate needs it: a token, reading, deleting. It never sends.

Facts: Microsoft Learn, "Get access without a user", "Microsoft Graph error responses and resource types",
"Access shared items".
"""

from __future__ import annotations

import base64
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import httpx
from pydantic import SecretStr

from gate.services.http import (
    Attempt,
    ServiceClient,
    ServiceError,
    Unexpected,
    is_loopback,
    json_object,
    refusal,
)
from gate.user_agent import user_agent

LOGIN_URL = "https://login.microsoftonline.com"
BASE_URL = "https://graph.microsoft.com/v1.0"
SCOPE = "https://graph.microsoft.com/.default"
_HEAD, _HEAD_S = 512, 5.0

# The vendor asks not to decide on these numbers, as they may change: they only choose the hint.
_AADSTS = {
    7000215: "the client secret is wrong; often the secret's ID was pasted instead of its value",
    7000222: "the client secret has expired; make a new one in the app registration",
    7000218: "no client secret was sent; is the variable empty?",
    700016: "the client id is unknown in this tenant; is it the id of the app registration?",
    90002: "the tenant does not exist; check the tenant id",
    900023: "the tenant id is neither a GUID nor a domain name",
}


class TokenRefused(ServiceError):
    """The sign-in service refused the credentials: tenant, client or secret. `code` is its `error` word."""


LinkClass = Literal[
    "ok", "denied-or-gone", "missing", "not-a-link", "auth", "throttled", "not-a-file", "unclear"
]


@dataclass(frozen=True)
class SharedItem:
    """What a sharing link resolved to. `name`, `size` (bytes) and `mime_type` are known only for `ok`.

    `begins` are the file's first bytes; empty where its store may not be asked (see `beginning`).
    """

    link_class: LinkClass
    status: int | None = None
    code: str = ""
    name: str = ""
    size: int | None = None
    mime_type: str = ""
    begins: bytes = b""


class GraphClient:
    """Graph with an application's own rights. Use as a context manager.

    Raises AddressRefused for an address that is neither https nor on this machine; every call can raise
    TokenRefused, Denied, Missing, Throttled, Unreachable or Unexpected.
    """

    def __init__(
        self,
        tenant: str,
        client_id: str,
        secret: SecretStr,
        run_id: str,
        *,
        login_url: str = LOGIN_URL,
        base_url: str = BASE_URL,
        patience_s: float = 15.0,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.tenant, self.client_id = tenant, client_id
        self._secret, self._run_id = secret, run_id
        self._clock = clock
        self._token: tuple[SecretStr, float] | None = None
        self._login = ServiceClient(
            "Microsoft sign-in",
            login_url,
            run_id,
            patience_s=patience_s,
            transport=transport,
            clock=clock,
            sleep=sleep,
        )
        self._graph = ServiceClient(
            "Microsoft Graph",
            base_url,
            run_id,
            patience_s=patience_s,
            transport=transport,
            clock=clock,
            sleep=sleep,
        )

    def __enter__(self) -> GraphClient:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Release the connections."""
        self._login.close()
        self._graph.close()

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every request that was sent, sign-in first."""
        return (*self._login.attempts, *self._graph.attempts)

    @property
    def served_at(self) -> datetime | None:
        """Graph's own clock at its last answer: the start of a search window, not this machine's clock."""
        return self._graph.served_at

    def token(self) -> SecretStr:
        """An access token, kept until a minute before it expires. A token says nothing about permissions."""
        if self._token and self._clock() < self._token[1]:
            return self._token[0]
        answer = self._login.read(
            f"{quote(self.tenant, safe='')}/oauth2/v2.0/token",
            method="POST",
            form={
                "client_id": self.client_id,
                "client_secret": self._secret.get_secret_value(),
                "grant_type": "client_credentials",
                "scope": SCOPE,
            },
        )
        if answer.status_code in (400, 401):
            raise _token_refused(answer)
        if answer.status_code != 200:
            raise refusal("Microsoft sign-in", answer, _first_line(answer))
        body = json_object("Microsoft sign-in", answer)
        if not isinstance(body, dict) or not isinstance(body.get("access_token"), str):
            raise Unexpected("Microsoft sign-in answered 200 without an access token", status=200)
        token = SecretStr(body["access_token"])
        self._token = (token, self._clock() + float(body.get("expires_in") or 300) - 60)
        return token

    def permissions(self) -> frozenset[str]:
        """The application permissions that an admin consented to, as the token names them; empty where it does not."""
        payload = self.token().get_secret_value().split(".")[1:2]
        try:
            claims = json.loads(base64.urlsafe_b64decode(f"{payload[0]}==="))
            return frozenset(map(str, claims.get("roles") or ()))
        except (IndexError, ValueError, AttributeError, TypeError):
            return frozenset()

    def get(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """The JSON object at `path` (relative to the base URL, or a nextLink of the same origin)."""
        answer = self._read(path, params, headers)
        if answer.status_code != 200:
            raise _graph_error(answer)
        body = json_object("Microsoft Graph", answer)
        if not isinstance(body, dict):
            raise Unexpected(
                f"Microsoft Graph answered {path} with something that is no JSON object", status=200
            )
        return body

    def items(
        self, path: str, params: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator[dict[str, Any]]:
        """Every element of a list, page after page; a page may be empty and still name a next one."""
        page = self.get(path, params, headers)
        while True:
            yield from page.get("value") or ()
            following = page.get("@odata.nextLink")
            if not following:
                return
            page = self.get(following, headers=headers)

    def delete(self, path: str) -> bool:
        """Delete the thing at `path`: True when this did it, False when it was gone already."""
        answer = self._graph.change("DELETE", path, headers=self._headers(None))
        if answer.status_code == 404:
            return False
        if answer.status_code not in (200, 202, 204):
            raise _graph_error(answer)
        return True

    def shared_item(self, link: str) -> SharedItem:
        """What a SharePoint link resolves to, asking for no durable access.

        Raises TokenRefused, or Unreachable when Graph does not answer; every answer of Graph is a class.
        """
        answer = self._read(
            f"shares/{share_id(link)}/driveItem",
            {"$select": "id,name,size,file,folder,@microsoft.graph.downloadUrl"},
            {"Prefer": "redeemSharingLinkIfNecessary"},
        )
        status = answer.status_code
        if status >= 500:
            raise _graph_error(answer)
        if status != 200:
            classes: dict[int, LinkClass] = {
                400: "not-a-link", 401: "auth", 403: "denied-or-gone", 404: "missing", 429: "throttled"
            }  # fmt: skip
            return SharedItem(classes.get(status, "unclear"), status, _error(answer)[0])
        item = json_object("Microsoft Graph", answer)
        if not isinstance(item, dict) or not isinstance(item.get("file"), dict):
            return SharedItem(
                "not-a-file", status, name=str(item.get("name", "")) if isinstance(item, dict) else ""
            )
        return SharedItem(
            "ok",
            status,
            name=str(item.get("name", "")),
            size=item.get("size"),
            mime_type=item["file"].get("mimeType", ""),
            begins=beginning(item.get("@microsoft.graph.downloadUrl"), link, self._run_id),
        )

    def _read(
        self, path: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None
    ) -> httpx.Response:
        return self._graph.read(path, params=params, headers=self._headers(headers))

    def _headers(self, more: Mapping[str, str] | None) -> dict[str, str]:
        bearer = f"Bearer {self.token().get_secret_value()}"
        return {"Authorization": bearer, "client-request-id": str(uuid.uuid4()), **(more or {})}


def beginning(address: object, link: str, run_id: str) -> bytes:
    """The first bytes of a file at its pre-authenticated address, asked once and without the token.

    Only SharePoint's own hosts, the link's host and this machine are asked; empty for any other, and without an answer.
    """
    if not isinstance(address, str):
        return b""
    host = urlsplit(address).hostname or ""
    known = host == urlsplit(link).hostname or host.endswith(".sharepoint.com") or is_loopback(address)
    if not known or not (address.startswith("https://") or is_loopback(address)):
        return b""
    asked = {"Range": f"bytes=0-{_HEAD - 1}", "User-Agent": user_agent(run_id)}
    try:
        with httpx.stream(
            "GET", address, headers=asked, timeout=_HEAD_S, trust_env=not is_loopback(address)
        ) as answer:
            return next(answer.iter_bytes(_HEAD), b"")[:_HEAD] if answer.is_success else b""
    except httpx.HTTPError:
        return b""


def share_id(link: str) -> str:
    """A sharing link as the id that `/shares` takes: u! and unpadded base64url of the link as given."""
    encoded = base64.urlsafe_b64encode(link.strip().encode()).decode()
    return "u!" + encoded.rstrip("=")


def _token_refused(answer: httpx.Response) -> TokenRefused:
    body = json_object("Microsoft sign-in", answer)
    said = body if isinstance(body, dict) else {}
    code = str(said.get("error", ""))
    description = str(said.get("error_description", "")).splitlines()
    found = re.search(r"AADSTS(\d+)", description[0]) if description else None
    hint = _AADSTS.get(int(found[1]), "") if found else ""
    return TokenRefused(
        f"Microsoft sign-in refused the credentials ({answer.status_code} {code}"
        f"{f', {found[0]}' if found else ''})",
        hint=hint or "check tenant id, client id and client secret against the app registration",
        status=answer.status_code,
        code=code,
        request_id=str(said.get("trace_id", "")),
    )


def _graph_error(answer: httpx.Response) -> ServiceError:
    code, message = _error(answer)
    hint = (
        "the app registration lacks the permission, or its scope leaves this out"
        if answer.status_code == 403
        else ""
    )
    return refusal(
        "Microsoft Graph",
        answer,
        message,
        code=code,
        hint=hint,
        request_id=answer.headers.get("request-id", ""),
    )


def _error(answer: httpx.Response) -> tuple[str, str]:
    try:
        error = answer.json()["error"]
        return str(error.get("code", "")), str(error.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError):
        return "", _first_line(answer)


def _first_line(answer: httpx.Response) -> str:
    return next(iter(answer.text.strip().splitlines()), "")[:200]
