"""Microsoft Graph as several checks ask it: the sign-in, the sender's inbox and the links, each once per run."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from urllib.parse import quote

from pydantic import SecretStr

from gate.recorder import Check
from gate.repo.graph_permissions import MailboxRead
from gate.repo.variable_rules import has_shape_of_id, kinds
from gate.repo.variables import Variables
from gate.results import Failed
from gate.run import Run
from gate.services.graph import GraphClient, SharedItem, TokenRefused
from gate.services.http import Denied, Missing
from gate.shared import Facts
from gate.target import Target


@dataclass(frozen=True)
class Links:
    """The links that the app uses, resolved once per run, side by side."""

    run: Run
    target: Target
    variables: Variables
    graph: GraphClient
    value_of: Callable[[str], SecretStr]

    def resolved(self, check: Check) -> dict[str, SharedItem]:
        """What each leads to, by variable. A silent Graph belongs to sharepoint.links."""
        names = kinds(self.target.variables, "sharepoint")
        names = [one for one in names if self.target.variables[one].required or self.variables.has(one)]
        links = [self.value_of(one).get_secret_value() for one in names]
        sign_in(check, self.run, self.target, self.variables, self.graph)

        def ask() -> Facts:
            self.graph.token()  # once, before several ask with it
            with check.step("Resolve the links"), ThreadPoolExecutor(4) as pool:
                items = list(pool.map(self.graph.shared_item, links))
            return {
                name: {**asdict(item), "begins": item.begins.decode("latin-1")}
                for name, item in zip(names, items, strict=True)
            }

        kept = self.run.shared.get("links", "sharepoint.links", check, ask)
        return {
            name: SharedItem(**{**facts, "begins": facts["begins"].encode("latin-1")})
            for name, facts in kept.items()
        }


def read_mailbox(graph: GraphClient, sender: str) -> MailboxRead:
    """Ask for the sender's inbox: its id alone, no message. Without a sender only the token can speak."""
    if not sender:
        return MailboxRead(sender, 403, "not asked, as no sender is set")
    try:
        graph.get(f"users/{quote(sender, safe='@')}/mailFolders/inbox", {"$select": "id"})
    except (Denied, Missing) as refused:
        return MailboxRead(sender, refused.status or 403, refused.code or "refused")
    return MailboxRead(sender, 200)


def sign_in(
    check: Check, run: Run, target: Target, variables: Variables, graph: GraphClient
) -> frozenset[str]:
    """Get a token, once per run, and the permissions it names; a failure belongs to graph.token."""

    def ask() -> Facts:
        try:
            with check.step("Ask Microsoft for a token"):
                graph.token()
        except TokenRefused as refused:
            hint = refused.hint
            if has_shape_of_id(variables.clear(target.graph.secret)):
                hint = f"{target.graph.secret} looks like the secret's ID instead of its value; {hint}"
            raise Failed("a token for the app's credentials", str(refused), hint) from None
        finally:
            check.attempts = max(1, len(graph.attempts))
            check.attach_text("Requests", "\n".join(map(str, graph.attempts)))
        return {"permissions": sorted(graph.permissions())}

    return frozenset(run.shared.get("app-graph", "graph.token", check, ask)["permissions"])
