"""GitHub's REST API as far as a pull request goes, played locally."""

from sandbox.doubles.github.app import GitHubBehaviour, GitHubDouble
from sandbox.doubles.github.config import CheckRun, PullRequest, Repository, Review, Status

__all__ = ["CheckRun", "GitHubBehaviour", "GitHubDouble", "PullRequest", "Repository", "Review", "Status"]
