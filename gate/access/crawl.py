"""Every path that links lead the admin to, by reading only, a sample of each pattern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from gate.access.asking import Answer, ask_all
from gate.access.paths import leads_to_oneself, matches, own_path, pattern_of
from gate.denylist import denied

SAMPLES = 2
MORE = 8
DEPTH = 3
MOST = 200


@dataclass
class Crawl:
    """What was found: an answer per path, where each was linked, and what was not asked for and why.

    `astray` are addresses of the computer itself that sits before the page, with where each was linked.
    """

    answers: dict[str, Answer] = field(default_factory=dict)
    linked: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    astray: dict[str, str] = field(default_factory=dict)
    left_out: int = 0

    def asked(self, named: Collection[str]) -> list[Answer]:
        """The answers for what is linked, and for the paths that are `named`."""
        return [
            answer
            for path, answer in self.answers.items()
            if path in named or self.linked.get(path, "").startswith("linked")
        ]


async def crawl(
    base_url: str,
    user_agent: str,
    cookies: Mapping[str, str],
    start: str,
    *,
    also: Iterable[str] = (),
    links: Iterable[tuple[str, str]] = (),
    skip: Iterable[str] = (),
    wanted: Iterable[str] = (),
) -> Crawl:
    """Follow links from `start`, level by level; only GET, only the app's own origin.

    `also` are paths that the target names itself: they are asked for whatever their words. `links` are
    (address, text) that a browser saw on `start`, for pages that scripts draw. Of each pattern SAMPLES paths
    are asked for, of all MOST. Where they lead to no path of a pattern that is `wanted` (a record that is
    closed has no link to edit it), up to MORE of each are.
    """
    found = Crawl()
    seen: Counter[str] = Counter()
    spare: dict[str, str] = {}
    words = tuple(skip)
    level = [start, *(path for path in dict.fromkeys(also) if path != start)]
    found.linked = dict.fromkeys(level[1:], "named in target.toml")
    drawn = list(links)
    seen.update(pattern_of(path) for path in level)
    samples, left = SAMPLES, DEPTH + 1
    while level and left:
        left -= 1
        answers = await ask_all(base_url, user_agent, [(path, cookies) for path in level])
        found.answers |= {answer.path: answer for answer in answers}
        level = []
        for answer in answers:
            for href, text in [*((link.href, link.text) for link in answer.page.links), *drawn]:
                path = own_path(base_url, answer.landed, href)
                if path is None and leads_to_oneself(base_url, href):
                    found.astray.setdefault(href, f"linked as {text!r} on {answer.landed}")
                if path is None or path in found.answers or path in level or path in found.skipped:
                    continue
                if word := denied(path, words) or denied(text, words):
                    found.skipped[path] = word
                elif seen[pattern_of(path)] >= samples:
                    spare.setdefault(path, f"linked as {text!r} on {answer.landed}")
                elif len(found.answers) + len(level) >= MOST:
                    found.left_out += 1
                else:
                    seen[pattern_of(path)] += 1
                    found.linked[path] = f"linked as {text!r} on {answer.landed}"
                    level.append(path)
            drawn = []
        if not (level and left) and samples < MORE and not all(_has(found, one) for one in wanted):
            samples, left = MORE, 2  # their pages, and what those link to
            for path, where in spare.items():
                if seen[pattern_of(path)] < samples and len(found.answers) + len(level) < MOST:
                    seen[pattern_of(path)] += 1
                    found.linked[path] = where
                    level.append(path)
    found.answers = {path: _kept(answer) for path, answer in found.answers.items()}
    return found


def _has(found: Crawl, pattern: str) -> bool:
    return any(matches(pattern, path) for path in found.answers)


def _kept(answer: Answer) -> Answer:
    """Without what only following links needs."""
    return replace(answer, text="", page=replace(answer.page, links=()))
