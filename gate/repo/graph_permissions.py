"""What the app's registration may do in Microsoft Graph, from one harmless read of each workload. Pure.

Facts: Microsoft's permissions reference; Exchange's "RBAC for Applications", whose grants no token names.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from gate.results import Finding

_FILES = ("Files.", "Sites.")


@dataclass(frozen=True)
class MailboxRead:
    """How asking for the sender's inbox went; `said` is Graph's own answer."""

    sender: str
    status: int
    said: str = ""


def mail_problem(read: MailboxRead, permissions: Collection[str], variable: str) -> Finding | None:
    """Why the app cannot send as `read.sender`, as far as reading shows it. None where nothing speaks against it."""
    mail = {one for one in permissions if one.startswith("Mail.")}
    if read.status in (404, 410):
        return Finding(
            id="graph.no_mailbox",
            place=variable,
            expected="a mailbox of this tenant",
            observed=f"Graph knows none: {read.said}",
            hint=f"correct {variable}: the address of a user or a shared mailbox with a licence",
        )
    # A read that works without any permission in the token is granted by Exchange itself, as sending then is.
    if "Mail.Send" in mail or (read.status == 200 and not mail):
        return None
    return Finding(
        id="graph.may_not_send",
        place="Mail.Send",
        expected=f"the app may send as {variable}",
        observed=f"its token names {', '.join(sorted(permissions)) or 'no permission'}"
        + (f"; reading the mailbox: {read.said}" if read.status != 200 else ""),
        hint="grant the application permission Mail.Send with an admin's consent; where Exchange grants it (RBAC for "
        "Applications), grant Application Mail.ReadBasic too, so that it can be seen",
    )


def may_not_read_files(classes: Collection[str], permissions: Collection[str]) -> Finding | None:
    """Why no link opens at all: the app holds no permission for files. `classes` are those of all its links."""
    if any(one.startswith(_FILES) for one in permissions):
        return None
    if not classes or any(one not in ("denied-or-gone", "auth") for one in classes):
        return None
    return Finding(
        id="graph.may_not_read_files",
        place="Files.Read.All",
        expected="the app may read files in SharePoint",
        observed=f"every link is refused, and its token names {', '.join(sorted(permissions)) or 'no permission'}",
        hint="grant Files.Read.All or Sites.Read.All as an application permission, with an admin's consent",
    )
