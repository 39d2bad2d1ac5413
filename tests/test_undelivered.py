"""A mail that does not arrive: what is known of it, asked of the double of Graph."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from gate.services.http import Denied
from gate.services.mailbox import Mailbox
from gate.services.undelivered import Trace, trace

SINCE = dt.datetime(2025, 11, 24, tzinfo=dt.UTC)
SUBJECT, NUMBER = "Envío ENV-000007", "ENV-000007"


class Folders:
    """Graph as the subjects that lie in the sender's folders; None: it may not be read."""

    def __init__(self, folders: dict[str, list[str]] | None) -> None:
        self.folders = folders

    def get(self, path: str, *_: Any, **__: Any) -> dict[str, Any]:
        if self.folders is None:
            raise Denied("Microsoft Graph answered 403")
        folder = path.split("/mailFolders/")[1].split("/")[0]
        stamp = "2025-11-24T12:00:00Z"
        return {
            "value": [
                {"id": subject, "subject": subject, "receivedDateTime": stamp}
                for subject in self.folders.get(folder, [])
            ]
        }

    def delete(self, path: str) -> bool:
        raise AssertionError("nothing of the sender's is deleted")


LOGGED = f"[ERROR] envios.correo: No se envió el correo de {NUMBER}: ErrorAccessDenied"


@pytest.mark.parametrize(
    ("folders", "lines", "observed", "hint"),
    [
        (
            {"inbox": [f"Undeliverable: {SUBJECT}"], "sentitems": [SUBJECT]},
            [],
            "it bounced",
            "receiving side",
        ),
        ({}, [LOGGED], "the app's log says", "refused"),
        ({"sentitems": [SUBJECT]}, [], "Sent Items hold it", "lost on the way"),
        ({"sentitems": ["Envío ENV-000008"]}, [], "do not hold it", "never called"),
        ({}, [f"GET {NUMBER} 200"], "do not hold it", "never called"),
        (None, [], "tells of no failure", "mail.sender"),
        (None, [LOGGED], "the app's log says", "refused"),
    ],
)
def test_what_is_known_is_told(
    folders: dict[str, list[str]] | None, lines: list[str], observed: str, hint: str
) -> None:
    sender = Mailbox(Folders(folders), "envios@envios.example")
    told = trace(sender, SUBJECT, SINCE, NUMBER, lines).told("qa@envios.example")
    assert observed in told[0]
    assert hint in told[1]


@pytest.mark.parametrize(
    ("folders", "observed"),
    [
        ({"sentitems": ["Envío ENV-000001"]}, "there came 'Envío ENV-000001'"),
        ({"sentitems": [SUBJECT]}, "Sent Items hold it"),
        (None, "there came 'Envío ENV-000001'"),
    ],
)
def test_what_came_instead_is_told_unless_it_was_sent(
    folders: dict[str, list[str]] | None, observed: str
) -> None:
    sender = Mailbox(Folders(folders), "envios@envios.example")
    assert (
        observed
        in trace(sender, SUBJECT, SINCE, NUMBER, [], ["Envío ENV-000001"]).told("qa@envios.example")[0]
    )


def test_to_whom_it_went_instead_is_told() -> None:
    known = Trace(notice="Undeliverable", sent=True, sent_to=("ventas@nusta.example",))
    assert "to ventas@nusta.example" in known.told("qa@envios.example")[0]
    assert "receiving side" in known.told("Ventas@nusta.example")[1]


def test_without_a_sender_to_read_only_the_log_speaks() -> None:
    assert trace(None, SUBJECT, SINCE, NUMBER, ["quiet"]) == Trace()
