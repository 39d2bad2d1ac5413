"""The mail routes: send, list, read, attachments, delete."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.doubles.graph import odata, outgoing
from sandbox.doubles.graph.errors import GraphError, access_denied, bad_request, item_not_found
from sandbox.doubles.graph.state import FOLDERS, GraphState, Message

_READ = ("Mail.Read", "Mail.ReadWrite")
# Only given when asked for by name.
_ON_REQUEST = "internetMessageHeaders"


class Mail:
    def __init__(self, state: GraphState) -> None:
        self._state = state

    def routes(self) -> list[Route]:
        user = "/v1.0/users/{user}"
        message = user + "/messages/{message_id}"
        return [
            Route(f"{user}/sendMail", self.send, methods=["POST"]),
            Route(f"{user}/mailFolders/{{folder}}", self.show_folder, methods=["GET"]),
            Route(f"{user}/mailFolders/{{folder}}/messages", self.list_messages, methods=["GET"]),
            Route(f"{user}/messages", self.list_messages, methods=["GET"]),
            Route(message, self.show_message, methods=["GET"]),
            Route(message, self.delete_message, methods=["DELETE"]),
            Route(f"{message}/attachments", self.list_attachments, methods=["GET"]),
            Route(f"{message}/attachments/{{attachment_id}}", self.show_attachment, methods=["GET"]),
        ]

    async def send(self, request: Request) -> Response:
        sender = self._mailbox(request, "Mail.Send")
        behaviour = self._state.behaviour
        if behaviour.refuse_send:
            raise access_denied()
        try:
            body = await request.json()
        except ValueError:
            raise bad_request("Unable to read JSON request payload.") from None
        message = outgoing.check(body, sender)
        if not behaviour.send_503 or behaviour.send_503_delivers:
            outgoing.accept(self._state, sender, message, outgoing.keeps_copy(body))
        if behaviour.send_503:
            raise GraphError(503, "ServiceUnavailable", "The service is temporarily unavailable.")
        return Response(status_code=202)

    async def list_messages(self, request: Request) -> Response:
        mailbox = self._mailbox(request, *_READ)
        folder = request.path_params.get("folder")
        if folder is not None:
            folder = _known_folder(mailbox, folder)
        parameters = dict(request.query_params)
        query = odata.parse(parameters)
        if self._state.behaviour.filter_ignored:
            query = replace(query, conditions=())
        as_text = _wants_text(request)
        everything = [_shown(message, as_text) for message in self._state.visible(mailbox, folder)]
        url = str(request.url.replace(query=""))
        items, link = odata.page(query, everything, url, parameters)
        answer: dict[str, Any] = {
            "@odata.context": f"{request.base_url}v1.0/$metadata#users('{mailbox}')/messages",
            "value": [_selected(item, query.select) for item in items],
        }
        if link:
            answer["@odata.nextLink"] = link
        return JSONResponse(answer)

    async def show_folder(self, request: Request) -> Response:
        mailbox = self._mailbox(request, *_READ, "Mail.ReadBasic.All")
        folder = _known_folder(mailbox, request.path_params["folder"])
        count = len(list(self._state.visible(mailbox, folder)))
        names = {"id": _folder_id(mailbox, folder), "displayName": folder}
        return JSONResponse({**names, "totalItemCount": count, "unreadItemCount": count})

    async def show_message(self, request: Request) -> Response:
        message = self._message(request, *_READ)
        select = request.query_params.get("$select")
        names = tuple(name.strip() for name in select.split(",")) if select else None
        return JSONResponse(_selected(_shown(message, _wants_text(request)), names))

    async def delete_message(self, request: Request) -> Response:
        message = self._message(request, "Mail.ReadWrite")
        self._state.messages.remove(message)
        if self._state.behaviour.delete_to == "deleteditems" and message.folder != "deleteditems":
            # A moved message has a new id: the old one answers 404 from here on.
            self._state.messages.append(replace(message, id=self._state.new_id(), folder="deleteditems"))
        return Response(status_code=204)

    async def list_attachments(self, request: Request) -> Response:
        message = self._message(request, *_READ)
        return JSONResponse({"value": list(message.attachments)})

    async def show_attachment(self, request: Request) -> Response:
        message = self._message(request, *_READ)
        wanted = request.path_params["attachment_id"]
        for attachment in message.attachments:
            if attachment["id"] == wanted:
                return JSONResponse(attachment)
        raise item_not_found()

    def _mailbox(self, request: Request, *roles: str) -> str:
        """The mailbox of the URL, lower-cased, once the caller is known to be allowed to use it so."""
        caller = self._state.caller(request.headers.get("authorization"))
        mailbox = str(request.path_params["user"]).lower()
        if not caller.may(*roles):
            raise access_denied()
        if mailbox not in self._state.mailboxes:
            raise GraphError(404, "ErrorInvalidUser", f"The requested user '{mailbox}' is invalid.")
        if caller.mailboxes is not None and mailbox not in caller.mailboxes:
            raise GraphError(403, "ErrorAccessDenied", "Access to OData is disabled.")
        return mailbox

    def _message(self, request: Request, *roles: str) -> Message:
        mailbox = self._mailbox(request, *roles)
        wanted = request.path_params["message_id"]
        for message in self._state.visible(mailbox):
            if message.id == wanted:
                return message
        raise item_not_found()


def _known_folder(mailbox: str, name: str) -> str:
    for folder in FOLDERS:
        if name.lower() == folder or name == _folder_id(mailbox, folder):
            return folder
    raise GraphError(400, "ErrorInvalidIdMalformed", "Id is malformed.")


def _folder_id(mailbox: str, folder: str) -> str:
    return f"AAMkFolder-{mailbox.replace('@', '-at-')}-{folder}="


def _wants_text(request: Request) -> bool:
    return 'outlook.body-content-type="text"' in request.headers.get("prefer", "")


def _shown(message: Message, as_text: bool) -> dict[str, Any]:
    """The message with Graph's property names."""
    fields = dict(message.fields)
    sent_at = datetime.fromtimestamp(fields.pop("sentAt"), UTC)
    body = fields["body"]
    if as_text:
        fields["body"] = {
            "contentType": "text",
            "content": outgoing.plain(body["contentType"], body["content"]),
        }
    return {
        "@odata.etag": f'W/"{message.id[-12:]}"',
        "id": message.id,
        **fields,
        "receivedDateTime": message.received(),
        "sentDateTime": f"{sent_at:%Y-%m-%dT%H:%M:%SZ}",
        "hasAttachments": bool(message.attachments),
        "isRead": False,
        "isDraft": False,
        "parentFolderId": _folder_id(message.mailbox, message.folder),
        _ON_REQUEST: list(message.internet_headers),
    }


def _selected(item: Mapping[str, Any], select: tuple[str, ...] | None) -> dict[str, Any]:
    if select is None:
        return {name: value for name, value in item.items() if name != _ON_REQUEST}
    unknown = [name for name in select if name not in item]
    if unknown:
        raise bad_request(
            f"Could not find a property named '{unknown[0]}' on type 'microsoft.graph.message'."
        )
    return {name: item[name] for name in ("@odata.etag", "id", *select)}
