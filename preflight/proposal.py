"""The change as its author proposes it: the pull request on GitHub, and its text."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr

from gate.recorder import Check
from gate.repo.candidate import Candidate
from gate.repo.git import GitError
from gate.repo.origin import github_name
from gate.results import Cause, CouldNotTell, Failed
from gate.run import Run
from gate.services.github import API, GitHub, PullRequest, Review
from gate.services.github_event import PullRequestEvent, read_event
from gate.shared import Facts

_TEMPLATES = ("pull_request_template.md", "pull_request_template.txt")


@dataclass(frozen=True)
class Proposal:
    """The pull request of the candidate. GitHub is asked once a run; what keeps it from answering belongs to
    change.pull_request."""

    check: Check
    run: Run
    candidate: Candidate

    @cached_property
    def repository(self) -> str | None:
        """owner/name on GitHub, None where nothing says it."""
        described = self.run.target.repository
        named = described.github if described else None
        return named or os.environ.get("GITHUB_REPOSITORY") or github_name(self.candidate.git)

    @cached_property
    def event(self) -> PullRequestEvent | None:
        """The event of GitHub Actions, if it is about a pull request of this repository."""
        path = os.environ.get("GITHUB_EVENT_PATH")
        event = read_event(Path(path)) if path else None
        same = event and event.repository.casefold() == (self.repository or "").casefold()
        return event if same else None

    def note(self) -> tuple[str, str]:
        """The pull request's text and where it comes from: --release-notes, the event, else GitHub."""
        file = self.run.release_notes
        if file is not None:
            return file.read_text(encoding="utf-8", errors="replace"), str(file)
        if self.event is not None:
            return self.event.body, f"pull request {self.event.number}, as GITHUB_EVENT_PATH has it"
        pull = self.pull()[0]
        return pull.body, f"pull request {pull.number}"

    def templates(self) -> tuple[str, ...]:
        """The repository's templates for the text of pull requests, as the base has them."""
        git, base = self.candidate.git, self.candidate.base
        paths = git.paths("ls-tree", "-r", "-z", "--name-only", "--full-tree", base)
        return tuple(
            git.raw("cat-file", "blob", f"{base}:{path}").decode("utf-8", "replace")
            for path in paths
            if _is_template(path)
        )

    def pull(self) -> tuple[PullRequest, tuple[Review, ...]]:
        """The pull request and its reviews, oldest first."""
        facts = self.run.shared.get("pull", "change.pull_request", self.check, self._ask)
        return PullRequest(**facts["pull"]), tuple(Review(**one, at=None) for one in facts["reviews"])

    def head(self, pull: PullRequest) -> str:
        """The commit that is judged as the pull request has it: GitHub Actions checks out a merge of its own."""
        try:
            merged = self.candidate.git.text("rev-parse", "--verify", "-q", f"{self.candidate.head}^2")
        except GitError:
            return self.candidate.head
        return merged if merged == pull.head_sha else self.candidate.head

    def _ask(self) -> Facts:
        expected = "the pull request of the change, as GitHub has it"
        token = self.run.settings.get("GATE_GITHUB_TOKEN")
        if token is None:
            raise CouldNotTell(
                expected, "GATE_GITHUB_TOKEN is not set",
                "set it to a token that may read pull requests: GITHUB_TOKEN in GitHub Actions",
                cause=Cause.CONFIGURATION,
            )  # fmt: skip
        if self.repository is None:
            raise CouldNotTell(
                expected, "nothing says which repository of GitHub this is",
                'name it in target.toml: [repository] github = "owner/name"', cause=Cause.CONFIGURATION,
            )  # fmt: skip
        api = self.run.settings.get("GATE_GITHUB_URL") or API
        with (
            GitHub(self.repository, SecretStr(token), self.run.run_id, api=api) as github,
            self.check.step(f"Ask GitHub for the pull request in {self.repository}"),
        ):
            pull = github.pull(self.event.number) if self.event else self._of_branch(github)
            reviews = github.reviews(pull.number)
        told = [
            {"author": one.author, "state": one.state, "commit": one.commit, "bot": one.bot}
            for one in reviews
        ]
        return {"pull": asdict(pull), "reviews": told}

    def _of_branch(self, github: GitHub) -> PullRequest:
        """The open one from this branch; of several the one into the base that is judged here."""
        branch = self.candidate.branch
        if branch == "HEAD":
            raise CouldNotTell(
                "the pull request of the change", "HEAD is on no branch, and no event names the pull request",
                "check out the branch itself", cause=Cause.CONFIGURATION,
            )  # fmt: skip
        found = github.pulls_from(branch)
        if not found:
            raise Failed(
                f"an open pull request from {branch}", f"{self.repository} has none",
                "push the branch and open one: every change comes by pull request",
            )  # fmt: skip
        base = self.candidate.base_ref.removeprefix("origin/")
        return next((pull for pull in found if pull.base == base), found[0])


def _is_template(path: str) -> bool:
    folder, _, name = path.lower().rpartition("/")
    if folder in ("", ".github", "docs"):
        return name in _TEMPLATES
    return folder in (".github/pull_request_template", "docs/pull_request_template") and name.endswith(".md")
