"""The way back before a merge, the app's permissions in Graph, and the kinds of files: pure judgements, by table."""

from __future__ import annotations

import datetime as dt

import pytest

from gate.repo.file_kinds import Kind, other_than
from gate.repo.graph_permissions import MailboxRead, mail_problem, may_not_read_files
from gate.repo.way_back import database_of, no_build, no_data, no_snapshot, told
from gate.services.render import Deploy
from gate.services.render_account import DataBackup, Disk

NOW = dt.datetime(2025, 11, 24, 16, tzinfo=dt.UTC)
WITHIN = dt.timedelta(hours=48)


def ago(*hours: float) -> tuple[dt.datetime, ...]:
    return tuple(NOW - dt.timedelta(hours=one) for one in hours)


def deploy(status: str) -> Deploy:
    return Deploy(f"dep-{status}", status, "a" * 40, "", "", NOW, None, None, None)


@pytest.mark.parametrize(
    ("statuses", "observed"),
    [
        (["live"], ""),
        (["build_failed", "live", "deactivated"], ""),
        (["update_in_progress", "live"], ""),
        (
            ["update_failed", "deactivated"],
            "none of the newest 2 is live; the last that served is dep-deactivated",
        ),
        (["build_failed"], "none of the newest 1 is live; none ever served"),
        ([], "none of the newest 0 is live; none ever served"),
    ],
)
def test_a_build_to_return_to(statuses: list[str], observed: str) -> None:
    deploys = [deploy(status) for status in statuses]
    found = [finding.observed for finding in no_build(deploys)]
    assert [one.startswith(observed) for one in found] == ([True] if observed else [])
    assert told(deploys, None, (), NOW)


@pytest.mark.parametrize(
    ("status", "exports", "observed"),
    [
        ("AVAILABLE", (), ""),
        ("AVAILABLE", ago(900), ""),
        ("NOT_AVAILABLE", ago(5, 90), ""),
        ("BACKUP_NOT_READY", ago(48), ""),
        (
            "NOT_AVAILABLE",
            ago(49),
            "the plan of this database has no recovery, and the newest export is 49 h old",
        ),
        (
            "BACKUP_NOT_READY",
            ago(240),
            "Render's backup is not ready yet, and the newest export is 10 days old",
        ),
        ("NOT_AVAILABLE", (), "the plan of this database has no recovery, and there is no export"),
        # What Render may say one day is no proof.
        ("SOMETHING_NEW", (), "Render says SOMETHING_NEW of its recovery, and there is no export"),
        ("", (), "Render says nothing of its recovery, and there is no export"),
    ],
)
def test_the_data_can_be_brought_back(status: str, exports: tuple[dt.datetime, ...], observed: str) -> None:
    found = no_data(DataBackup("dpg-x-a", status, exports), NOW, WITHIN)
    assert [finding.observed for finding in found] == ([observed] if observed else [])


def test_every_disk_has_a_young_snapshot() -> None:
    disks = [Disk("young", ago(3, 300)), Disk("old", ago(72)), Disk("new", ())]
    found = no_snapshot(disks, NOW, WITHIN)
    assert [(one.place, one.observed) for one in found] == [
        ("disk old", "the newest snapshot is 3 days old"),
        ("disk new", "there is no snapshot"),
    ]


@pytest.mark.parametrize(
    ("address", "id"),
    [
        ("postgresql://u:p@dpg-abc123-a/d", "dpg-abc123-a"),
        ("postgresql://u:p@dpg-abc123-a.oregon-postgres.render.com/d", "dpg-abc123-a"),
        ("postgresql://u:p@db.example/d", ""),
        ("postgresql://u:p@[/d", ""),
        ("", ""),
    ],
)
def test_the_database_of_an_address(address: str, id: str) -> None:
    assert database_of(address) == id


@pytest.mark.parametrize(
    ("status", "permissions", "problem"),
    [
        (200, {"Mail.Send"}, None),
        (200, {"Mail.Send", "Mail.Read"}, None),
        # Exchange grants it, and no token says so.
        (200, {"Files.Read.All"}, None),
        (200, {"Mail.Read"}, "graph.may_not_send"),
        (403, {"Mail.Send"}, None),
        (403, {"Files.Read.All"}, "graph.may_not_send"),
        (403, set(), "graph.may_not_send"),
        (404, {"Mail.Send"}, "graph.no_mailbox"),
    ],
)
def test_what_a_mailbox_and_a_token_say_of_sending(
    status: int, permissions: set[str], problem: str | None
) -> None:
    found = mail_problem(MailboxRead("a@acme.example", status, "ErrorX"), permissions, "GRAPH_SENDER")
    assert (found.id if found else None) == problem


@pytest.mark.parametrize(
    ("classes", "permissions", "missing"),
    [
        (["denied-or-gone", "auth"], {"Mail.Send"}, True),
        (["denied-or-gone"], {"Files.Read.All"}, False),
        (["denied-or-gone"], {"Sites.Selected"}, False),
        (["denied-or-gone", "ok"], set(), False),
        (["throttled"], set(), False),
        ([], set(), False),
    ],
)
def test_a_missing_permission_is_told_from_a_dead_link(
    classes: list[str], permissions: set[str], missing: bool
) -> None:
    assert (may_not_read_files(classes, permissions) is not None) is missing


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@pytest.mark.parametrize(
    ("kind", "name", "mime_type", "begins", "problem"),
    [
        ("xlsx", "Tarifas.XLSX", XLSX, b"PK\x03\x04..", ""),
        ("xlsx", "a.xlsx", XLSX, b"", ""),
        ("xlsx", "a.xlsx", "application/octet-stream", b"PK\x03\x04", ""),
        ("xlsx", "a.xlsx", XLSX, b"a;b\n", "its content begins like text, not like xlsx"),
        ("xlsx", "a.xlsx", XLSX, b"  <!doctype html>", "its content begins like a web page, not like xlsx"),
        ("xlsx", "a.xlsx", XLSX, b"\xd0\xcf\x11\xe0",
         "its content begins like an old or encrypted Office file, not like xlsx"),
        ("xlsx", "a.docx", "", b"PK\x03\x04", "its name is 'a.docx', which is no xlsx"),
        ("xlsx", "a.xlsx", "application/pdf", b"", "its type is application/pdf, which is no xlsx"),
        ("csv", "a.csv", "text/csv", b"a;b\n", ""),
        ("csv", "a.csv", "text/csv", b"PK\x03\x04",
         "its content begins like a zip archive (such as xlsx or docx), not like csv"),
        ("pdf", "a.pdf", "application/pdf", b"%PDF-1.7", ""),
        ("pdf", "a.pdf", "application/pdf", b"\x00\x01", "its content begins like something unknown, not like pdf"),
    ],
)  # fmt: skip
def test_the_kind_of_a_file(kind: Kind, name: str, mime_type: str, begins: bytes, problem: str) -> None:
    assert other_than(kind, name, mime_type, begins) == problem
