"""The Graph double's mail: what is sent arrives late, where it should, and can be found and deleted."""

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from sandbox.doubles.graph import GraphBehaviour
from tests.doubles_graph import APP, INBOX, OTHER, SENDER, VERIFIER, Tenant, attachment, mail

TOKEN_HEADER = {"name": "x-release-gate-token", "value": "run-1"}


def test_a_mail_is_accepted_with_an_empty_202_and_arrives_after_the_delay() -> None:
    tenant = Tenant(GraphBehaviour(delivery_delay=30))
    answer = tenant.send(mail(internetMessageHeaders=[TOKEN_HEADER]))
    assert (answer.status_code, answer.content) == (202, b"")
    tenant.clock.seconds += 29
    assert tenant.subjects() == []
    tenant.clock.seconds += 1
    (item,) = tenant.listing().json()["value"]
    assert item["subject"] == "Envío ENV-000001 [run-1]"
    assert item["receivedDateTime"] == "2025-11-24T16:00:30Z"
    assert item["from"]["emailAddress"]["address"] == SENDER
    assert item["bodyPreview"] == "Su envío ENV-000001"
    assert item["hasAttachments"] is True
    assert "internetMessageHeaders" not in item


def test_the_attachment_arrives_byte_for_byte() -> None:
    tenant = Tenant()
    tenant.send()
    tenant.arrive()
    (item,) = tenant.listing().json()["value"]
    path = f"/v1.0/users/{INBOX}/messages/{item['id']}/attachments"
    (listed,) = tenant.call(VERIFIER, "GET", path).json()["value"]
    shown = tenant.call(VERIFIER, "GET", f"{path}/{listed['id']}").json()
    assert shown == listed
    assert (shown["name"], shown["size"]) == ("ENV-000001.pdf", 15)
    assert base64.b64decode(shown["contentBytes"]) == b"%PDF-1.7 double"
    assert tenant.call(VERIFIER, "GET", f"{path}/another").status_code == 404


@pytest.mark.parametrize(
    ("behaviour", "inbox", "junk", "notice"),
    [
        (GraphBehaviour(deliver="inbox"), 1, 0, 0),
        (GraphBehaviour(deliver="junk"), 0, 1, 0),
        (GraphBehaviour(deliver="twice"), 2, 0, 0),
        (GraphBehaviour(deliver="lost"), 0, 0, 0),
        (GraphBehaviour(deliver="bounce"), 0, 0, 1),
        (GraphBehaviour(refuse_send=True), 0, 0, 0),
        (GraphBehaviour(send_503=True), 0, 0, 0),
        (GraphBehaviour(send_503=True, send_503_delivers=True), 1, 0, 0),
    ],
)
def test_where_a_mail_ends(behaviour: GraphBehaviour, inbox: int, junk: int, notice: int) -> None:
    tenant = Tenant(behaviour)
    answer = tenant.send()
    assert answer.status_code == (403 if behaviour.refuse_send else 503 if behaviour.send_503 else 202)
    tenant.arrive()
    assert (len(tenant.subjects("inbox")), len(tenant.subjects("junkemail"))) == (inbox, junk)
    undeliverable = tenant.subjects("inbox", SENDER)
    assert undeliverable == ["Undeliverable: Envío ENV-000001 [run-1]"] * notice


def test_a_second_delivery_has_an_id_of_its_own() -> None:
    tenant = Tenant(GraphBehaviour(deliver="twice"))
    tenant.send()
    tenant.arrive()
    first, second = tenant.listing().json()["value"]
    assert first["id"] != second["id"]
    assert first["internetMessageId"] == second["internetMessageId"]


def test_an_address_that_does_not_exist_bounces_to_the_sender() -> None:
    tenant = Tenant()
    tenant.send(mail("nadie@contoso.example"))
    tenant.arrive()
    assert tenant.subjects("inbox", SENDER) == ["Undeliverable: Envío ENV-000001 [run-1]"]


@pytest.mark.parametrize(
    ("envelope", "copies"), [({}, 1), ({"saveToSentItems": False}, 0), ({"saveToSentItems": "false"}, 0)]
)
def test_the_copy_in_sent_items_has_no_custom_headers(envelope: dict[str, Any], copies: int) -> None:
    tenant = Tenant()
    tenant.send(mail(internetMessageHeaders=[TOKEN_HEADER]), **envelope)
    sent = tenant.listing("sentitems", SENDER, select="internetMessageHeaders").json()["value"]
    assert [item["internetMessageHeaders"] for item in sent] == [[]] * copies
    tenant.arrive()
    (received,) = tenant.listing(select="internetMessageHeaders").json()["value"]
    assert received["internetMessageHeaders"] == [TOKEN_HEADER]


@pytest.mark.parametrize(
    ("message", "status", "code"),
    [
        ("text", 400, "BadRequest"),
        (mail(toRecipients=[]), 400, "ErrorInvalidRecipients"),
        (mail("no-address"), 400, "ErrorInvalidRecipients"),
        (mail(internetMessageHeaders=[{"name": "token", "value": "1"}]), 400, "InvalidInternetMessageHeader"),
        (mail(internetMessageHeaders=[TOKEN_HEADER] * 6), 400, "InvalidInternetMessageHeaderCollection"),
        (mail() | {"from": {"emailAddress": {"address": OTHER}}}, 403, "ErrorSendAsDenied"),
        (mail(body={"contentType": "Markdown", "content": ""}), 400, "BadRequest"),
        (mail(attachments=[attachment(contentBytes="***")]), 400, "BadRequest"),
        (mail(attachments=[attachment(name="")]), 400, "BadRequest"),
    ],
)
def test_what_is_refused_at_once(message: Any, status: int, code: str) -> None:
    tenant = Tenant()
    answer = tenant.send(message)
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    tenant.arrive()
    assert tenant.subjects() == []


@pytest.mark.parametrize(
    ("call", "status", "code"),
    [
        (
            lambda t: t.call(VERIFIER, "POST", f"/v1.0/users/{INBOX}/sendMail", json={}),
            403,
            "ErrorAccessDenied",
        ),
        (lambda t: t.call(APP, "GET", f"/v1.0/users/{INBOX}/messages"), 403, "ErrorAccessDenied"),
        (lambda t: t.call(VERIFIER, "GET", f"/v1.0/users/{OTHER}/messages"), 403, "ErrorAccessDenied"),
        (lambda t: t.listing(mailbox="nadie@contoso.example"), 404, "ErrorInvalidUser"),
        (lambda t: t.listing("elsewhere"), 400, "ErrorInvalidIdMalformed"),
        (lambda t: t.call(VERIFIER, "GET", f"/v1.0/users/{INBOX}/messages/none"), 404, "ErrorItemNotFound"),
        (lambda t: t.call(APP, "POST", f"/v1.0/users/{SENDER}/sendMail", content=b"{"), 400, "BadRequest"),
    ],
)
def test_permissions_and_addresses(call: Callable[[Tenant], httpx.Response], status: int, code: str) -> None:
    answer = call(Tenant())
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(("delete_to", "copies"), [("deleteditems", 1), ("nowhere", 0)])
def test_delete_is_204_then_404(delete_to: Any, copies: int) -> None:
    tenant = Tenant(GraphBehaviour(delete_to=delete_to))
    tenant.send()
    tenant.arrive()
    (item,) = tenant.listing().json()["value"]
    path = f"/v1.0/users/{INBOX}/messages/{item['id']}"
    assert tenant.call(VERIFIER, "DELETE", path.swapcase()).status_code == 404
    answer = tenant.call(VERIFIER, "DELETE", path)
    assert (answer.status_code, answer.content) == (204, b"")
    again = tenant.call(VERIFIER, "DELETE", path)
    assert (again.status_code, again.json()["error"]["code"]) == (404, "ErrorItemNotFound")
    assert tenant.subjects("inbox") == []
    assert len(tenant.subjects("deleteditems")) == len(tenant.subjects(None)) == copies


def test_the_body_comes_as_text_when_preferred_so() -> None:
    tenant = Tenant()
    tenant.send()
    tenant.arrive()
    (item,) = tenant.listing().json()["value"]
    path = f"/v1.0/users/{INBOX}/messages/{item['id']}"
    prefer = {"Prefer": 'outlook.body-content-type="text"'}
    shown = tenant.call(VERIFIER, "GET", path, headers=prefer, params={"$select": "body"}).json()
    assert shown["body"] == {"contentType": "text", "content": "Su envío ENV-000001"}
    assert shown.keys() == {"@odata.etag", "id", "body"}


def test_folder_counts() -> None:
    tenant = Tenant()
    tenant.send()
    tenant.arrive()
    path = f"/v1.0/users/{INBOX}/mailFolders/Inbox"
    folder = tenant.call(VERIFIER, "GET", path).json()
    assert folder["totalItemCount"] == 1
    assert folder["id"] == tenant.listing().json()["value"][0]["parentFolderId"]


def _with_mails(count: int = 3) -> Tenant:
    tenant = Tenant()
    for number in range(1, count + 1):
        tenant.send(mail(subject=f"Envío {number}: lo que 'sea'"))
        tenant.arrive()
    return tenant


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [3, 2, 1]),
        ({"filter": "subject eq 'Envío 2: lo que ''sea'''"}, [2]),
        ({"filter": "startswith(subject,'envío 3')"}, [3]),
        ({"filter": "receivedDateTime ge 2025-11-24T16:00:01Z"}, [3, 2]),
        ({"filter": "receivedDateTime le 2025-11-24T16:00:02Z and startswith(subject,'Envío 2')"}, [2]),
        ({"filter": "receivedDateTime ge 2025-01-01T00:00:00Z", "orderby": "receivedDateTime"}, [1, 2, 3]),
        ({"orderby": "subject desc"}, [3, 2, 1]),
        ({"filter": "internetMessageId eq '<none@contoso.example>'"}, []),
        ({"top": "2"}, [3, 2]),
    ],
)
def test_queries(query: dict[str, str], found: list[int]) -> None:
    answer = _with_mails().listing(**query)
    assert [int(item["subject"].split()[1].rstrip(":")) for item in answer.json()["value"]] == found


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"filter": "contains(subject,'x')"}, "BadRequest"),
        ({"filter": "subject ne 'x'"}, "BadRequest"),
        ({"filter": "isRead eq false"}, "BadRequest"),
        ({"filter": "subject eq 'a' or subject eq 'b'"}, "BadRequest"),
        ({"filter": "subject eq 'a' and"}, "BadRequest"),
        ({"filter": "receivedDateTime ge 'x'"}, "BadRequest"),
        ({"filter": "subject eq 2025-01-01T00:00:00Z"}, "BadRequest"),
        ({"filter": "subject eq 'a'", "orderby": "receivedDateTime"}, "InefficientFilter"),
        (
            {
                "filter": "subject eq 'a' and receivedDateTime ge 2025-01-01T00:00:00Z",
                "orderby": "receivedDateTime",
            },
            "InefficientFilter",
        ),
        ({"orderby": "size"}, "BadRequest"),
        ({"select": "colour"}, "BadRequest"),
        ({"top": "0"}, "BadRequest"),
        ({"top": "1001"}, "BadRequest"),
        ({"search": "subject:x"}, "BadRequest"),
    ],
)
def test_queries_that_are_refused(query: dict[str, str], code: str) -> None:
    answer = _with_mails(1).listing(**query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, code)


def test_a_filter_can_be_ignored_in_silence() -> None:
    tenant = _with_mails(2)
    tenant.double.behaviour = GraphBehaviour(filter_ignored=True)
    assert len(tenant.listing(filter="subject eq 'other'").json()["value"]) == 2


def test_pages_are_linked_until_the_last() -> None:
    tenant = _with_mails(12)
    answer = tenant.listing(filter="receivedDateTime ge 2025-01-01T00:00:00Z", select="subject").json()
    assert len(answer["value"]) == 10
    link = urlsplit(answer["@odata.nextLink"])
    second = tenant.call(VERIFIER, "GET", f"{link.path}?{link.query}").json()
    assert len(second["value"]) == 2
    assert "@odata.nextLink" not in second


def test_blanks_may_come_as_plus_or_percent() -> None:
    tenant = _with_mails(1)
    for blank in ("+", "%20"):
        path = f"/v1.0/users/{INBOX}/messages?%24filter=receivedDateTime{blank}ge{blank}2025-01-01T00:00:00Z"
        assert len(tenant.call(VERIFIER, "GET", path).json()["value"]) == 1
