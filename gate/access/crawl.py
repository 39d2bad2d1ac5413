"""Every path that links lead the admin to, by reading only, a sample of each pattern."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from gate.access.asking import Answer, ask_all
from gate.access.paths import own_path, pattern_of
from gate.denylist import denied

SAMPLES = 2
DEPTH = 3
MOST = 200


@dataclass
class Crawl:
    """What was found: an answer per path, where each was linked, and what was not asked for and why."""

    answers: dict[str, Answer] = field(default_factory=dict)
    linked: dict[str, str] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    left_out: int = 0


async def crawl(
    base_url: str,
    user_agent: str,
    cookies: Mapping[str, str],
    start: str,
    *,
    also: Iterable[str] = (),
    links: Iterable[tuple[str, str]] = (),
    skip: Iterable[str] = (),
) -> Crawl:
    """Follow links from `start`, level by level; only GET, only the app's own origin.

    `also` are paths that the target names itself: they are asked for whatever their words. `links` are
    (address, text) that a browser saw on `start`, for pages that scripts draw. Of each pattern SAMPLES paths
    are asked for, of all MOST.
    """
    found = Crawl()
    seen: Counter[str] = Counter()
    words = tuple(skip)
    level = [start, *(path for path in dict.fromkeys(also) if path != start)]
    found.linked = dict.fromkeys(level[1:], "named in target.toml")
    drawn = list(links)
    seen.update(pattern_of(path) for path in level)
    for _ in range(DEPTH + 1):
        answers = await ask_all(base_url, user_agent, [(path, cookies) for path in level])
        found.answers |= {answer.path: answer for answer in answers}
        level = []
        for answer in answers:
            for href, text in [*((link.href, link.text) for link in answer.page.links), *drawn]:
                path = own_path(base_url, answer.landed, href)
                if path is None or path in found.answers or path in level or path in found.skipped:
                    continue
                if word := denied(path, words) or denied(text, words):
                    found.skipped[path] = word
                elif seen[pattern_of(path)] < SAMPLES:
                    if len(found.answers) + len(level) >= MOST:
                        found.left_out += 1
                        continue
                    seen[pattern_of(path)] += 1
                    found.linked[path] = f"linked as {text!r} on {answer.landed}"
                    level.append(path)
            drawn = []
        if not level:
            break
    found.answers = {path: _kept(answer) for path, answer in found.answers.items()}
    return found


def _kept(answer: Answer) -> Answer:
    """Without what only following links needs."""
    return replace(answer, text="", page=replace(answer.page, links=()))
