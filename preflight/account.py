"""Render's account as the checks ask it: a wrong key or a silent API is told by the check that owns the question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from gate.recorder import Check
from gate.repo.variables import Given, Variables
from gate.results import Blocked
from gate.run import Run
from gate.services.http import ServiceError
from gate.services.render import Service
from gate.services.render_account import RenderAccount, RenderVariables

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class Account:
    """Answers of the session for one check."""

    check: Check
    run: Run
    answers: RenderAccount

    def service(self) -> Service:
        """The service; that Render does not show it belongs to render.settings."""
        return self.ask("render.settings", self.answers.service)

    def variables(self) -> RenderVariables:
        """What the service gets; from here on no secret among it can be shown. Belongs to variables.on_render."""
        self.service()
        found = self.ask("variables.on_render", self.answers.variables)
        given = Variables(Given(one.name, one.secret, one.source) for one in found.found.values())
        self.run.scrub.add(*given.secrets(self.run.target.variables))
        return found

    def ask(self, owner: str, question: Callable[[], Answer]) -> Answer:
        """An answer; whoever does not own the question is blocked by the check that does."""
        try:
            return question()
        except ServiceError:
            if self.check.id == owner:
                self.check.attach_text("Requests", self.answers.attempts)
                raise
            raise Blocked(owner) from None
