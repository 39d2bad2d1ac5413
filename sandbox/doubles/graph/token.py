"""The Entra token endpoint (client credentials) and the discovery document, with Entra's error bodies.

Facts: Microsoft Graph documentation "Get access without a user", Learn "Microsoft Entra authentication and
authorization error codes". Assumed, since no document says it: the statuses of AADSTS7000218 and 7000222,
and AADSTS900144 and 70003 for a missing field and another grant type.
"""

import re
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.doubles.graph.state import GraphState, Registration

_SCOPE = "https://graph.microsoft.com/.default"
_TENANT = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


class _Refused(Exception):
    def __init__(self, number: int, error: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.number = number
        self.error = error
        self.text = text
        self.status = status

    def response(self) -> Response:
        now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}Z"
        trace, correlation = str(uuid.uuid4()), str(uuid.uuid4())
        description = (
            f"AADSTS{self.number}: {self.text}\r\nTrace ID: {trace}\r\n"
            f"Correlation ID: {correlation}\r\nTimestamp: {now}"
        )
        body = {
            "error": self.error,
            "error_description": description,
            "error_codes": [self.number],
            "timestamp": now,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": f"https://login.microsoftonline.com/error?code={self.number}",
        }
        return JSONResponse(body, status_code=self.status)


class TokenEndpoint:
    def __init__(self, state: GraphState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        return [
            Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
            Route("/{tenant}/v2.0/.well-known/openid-configuration", self.discovery, methods=["GET"]),
        ]

    async def token(self, request: Request) -> Response:
        body = (await request.body()).decode("utf-8", "replace")
        is_form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
        form = {name: values[-1] for name, values in parse_qs(body).items()} if is_form else {}
        try:
            self._check_tenant(request.path_params["tenant"], "invalid_request")
            registration = self._client(form)
        except _Refused as refused:
            return refused.response()
        lifetime = self._state.behaviour.token_lifetime
        return JSONResponse(
            {
                "token_type": "Bearer",
                "expires_in": lifetime,
                "ext_expires_in": lifetime,
                "access_token": self._state.issue_token(registration),
            },
            headers={"Cache-Control": "no-store, no-cache"},
        )

    async def discovery(self, request: Request) -> Response:
        try:
            self._check_tenant(request.path_params["tenant"], "invalid_tenant")
        except _Refused as refused:
            return refused.response()
        base = f"{str(request.base_url).rstrip('/')}/{self._state.tenant}"
        return JSONResponse(
            {
                "issuer": f"{base}/v2.0",
                "authorization_endpoint": f"{base}/oauth2/v2.0/authorize",
                "token_endpoint": f"{base}/oauth2/v2.0/token",
            }
        )

    def _check_tenant(self, tenant: str, error: str) -> None:
        if not _TENANT.fullmatch(tenant):
            text = (
                f"Specified tenant identifier '{tenant}' is neither a valid DNS name, nor an external domain."
            )
            raise _Refused(900023, "invalid_request", text)
        if tenant.lower() != self._state.tenant.lower():
            text = f"Tenant '{tenant}' not found. Check to make sure you have the correct tenant ID."
            raise _Refused(90002, error, text)

    def _client(self, form: Mapping[str, str]) -> Registration:
        for name in ("grant_type", "client_id", "scope"):
            if not form.get(name):
                text = f"The request body must contain the following parameter: '{name}'."
                raise _Refused(900144, "invalid_request", text)
        if form["grant_type"] != "client_credentials":
            text = f"The app requested an unsupported grant type '{form['grant_type']}'."
            raise _Refused(70003, "unsupported_grant_type", text)
        if form["scope"] != _SCOPE:
            text = f"The provided value for the input parameter 'scope' is not valid: {form['scope']}"
            raise _Refused(70011, "invalid_scope", text)
        client_id = form["client_id"]
        registration = next((r for r in self._state.registrations if r.client_id == client_id), None)
        if registration is None:
            text = f"Application with identifier '{client_id}' was not found in the directory."
            raise _Refused(700016, "unauthorized_client", text)
        status = self._state.behaviour.invalid_client_status
        if not form.get("client_secret"):
            text = "The request body must contain 'client_assertion' or 'client_secret'."
            raise _Refused(7000218, "invalid_client", text, status)
        if self._state.behaviour.token_fails:
            text = f"The provided client secret keys for app '{client_id}' are expired."
            raise _Refused(7000222, "invalid_client", text, status)
        if form["client_secret"] != registration.client_secret:
            text = (
                "Invalid client secret provided. Ensure the secret being sent in the request is the client "
                f"secret value, not the client secret ID, for a secret added to app '{client_id}'."
            )
            raise _Refused(7000215, "invalid_client", text, status)
        return registration
