"""Who can open what, against what target.toml says: each path times each role, default deny."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from gate.access.asking import Answer, ask_all
from gate.access.crawl import Crawl
from gate.access.paths import covered, is_literal, matches, own_path, pattern_of
from gate.denylist import denied
from gate.results import Finding
from gate.target import Access

NOBODY = "anonymous"
ROUNDS = 3
SAMPLES = 2
LINKS = 4
_REFUSED = (401, 403, 404, 410)
LOCKED_OUT = "access.locked_out"
OFFERED = "access.offered"
_PUT_OFF = 429  # neither let in nor refused


@dataclass
class Matrix:
    """Answers by role and path; the admin's are what the others are compared with.

    `offered` is where the role's own pages link to, by role and path: which link of which page, and what came of it.
    """

    access: Access
    login_path: str
    admin: Mapping[str, Answer]
    roles: dict[str, dict[str, Answer]] = field(default_factory=dict)
    offered: dict[str, dict[str, tuple[str, Answer]]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """How many answers of other roles there are."""
        return sum(len(answers) for answers in self.roles.values())

    @property
    def attempts(self) -> int:
        """The most that any answer needed."""
        return max(
            (answer.attempts for answers in self.roles.values() for answer in answers.values()), default=1
        )

    def sees(self, path: str, answer: Answer) -> bool:
        """Whether a role was shown what it asked for: a good answer that ended where the admin's did."""
        admin = self.admin.get(path, answer)
        landed = urlsplit(answer.landed).path
        asked_to_sign_in = answer.page.sign_in is not None and (admin is answer or admin.page.sign_in is None)
        refused = self.access.refusal is not None and self.access.refusal in answer.text
        return (
            answer.good
            and landed == urlsplit(admin.landed).path
            and landed != urlsplit(self.login_path).path
            and not (asked_to_sign_in or refused)
        )

    def is_public(self, path: str) -> bool:
        """Whether anybody may open the path."""
        return covered((*self.access.public, self.login_path), path)

    def opened(self, role: str) -> list[str]:
        """The patterns that a role opens, public ones aside: ready to be declared."""
        answers = self.roles[role].items()
        return sorted(
            {
                pattern_of(path)
                for path, answer in answers
                if self.sees(path, answer) and not self.is_public(path)
            }
        )

    def table(self) -> str:
        """One line per path: what came of it as each role, "opens" or the status."""
        paths = dict.fromkeys(path for answers in self.roles.values() for path in answers)
        lines = ["  ".join(f"{role:>12}" for role in self.roles)]
        for path in paths:
            cells = [self._cell(path, answers.get(path)) for answers in self.roles.values()]
            lines.append("  ".join(f"{cell:>12}" for cell in cells) + f"  {path}")
        return "\n".join(lines)

    def _cell(self, path: str, answer: Answer | None) -> str:
        if answer is None:
            return "-"
        if answer.good and (self.is_public(path) or self.sees(path, answer)):
            return "opens"
        if answer.good:
            return "sign-in" if answer.asks_to_sign_in(self.login_path) else "led away"
        return str(answer.status) if answer.status else "no answer"


async def ask_matrix(
    base_url: str,
    user_agent: str,
    access: Access,
    login_path: str,
    admin: Mapping[str, Answer],
    sessions: Mapping[str, Mapping[str, str]],
) -> Matrix:
    """Ask for every path that the admin could open with every session; `sessions` holds cookies by role.

    A role may open records of its own only, which the admin's samples need not be: for a declared pattern that
    no sample opened, the links of the role's own pages are tried.
    """
    matrix = Matrix(access, login_path, admin, {role: {} for role in sessions})

    async def ask(questions: list[tuple[str, str]]) -> None:
        answers = await ask_all(base_url, user_agent, [(path, sessions[role]) for role, path in questions])
        for (role, path), answer in zip(questions, answers, strict=True):
            matrix.roles[role][path] = answer

    questions = [(role, path) for role in sessions for path in _paths_for(role, matrix)]
    for _ in range(1 + ROUNDS):
        await ask(questions)
        questions = [(role, path) for role in sessions for path in _own_samples(base_url, role, matrix)]
        if not questions:
            break
    # By now fewer ask at once.
    await ask([(role, path) for role, answers in matrix.roles.items() for path in _put_off(answers)])
    links = {role: _links_of(base_url, role, matrix) for role in sessions if role != NOBODY}
    questions = [(role, path) for role in links for path in links[role] if path not in matrix.roles[role]]
    answers = await ask_all(base_url, user_agent, [(path, sessions[role]) for role, path in questions])
    followed = dict(zip(questions, answers, strict=True))
    matrix.offered = {
        role: {
            path: (where, matrix.roles[role].get(path) or followed[role, path])
            for path, where in paths.items()
        }
        for role, paths in links.items()
    }
    return matrix


def settled(first: Crawl, crawl_now: Callable[[], Crawl], look: Callable[[Crawl], Matrix]) -> Matrix:
    """The matrix of what `first` found; where a role looks locked out, or is led to what it may not open, once more.

    A record may have been closed since its link was seen, by a colleague or by another check of this run.
    """
    matrix = look(first)
    if any(finding.id in (LOCKED_OUT, OFFERED) for finding in judge(matrix)[0]):
        return look(crawl_now())
    return matrix


def judge(matrix: Matrix) -> tuple[list[Finding], list[str]]:
    """(what is wrong, what could not be tried, or was put off). Of a role that [access] does not know only breakage."""
    access = matrix.access
    findings: dict[tuple[str, str, str], Finding] = {}
    untried: list[str] = []
    for role, answers in matrix.roles.items():
        may, foreign = access.roles.get(role, ()), access.foreign.get(role, ())
        known = role == NOBODY or role in access.roles
        untried += [f"{path} for {role} ({answers[path]})" for path in _put_off(answers)]
        for path, answer in answers.items():
            if not matrix.is_public(path):
                allowed = path not in foreign and covered(may, path)
                shown = matrix.sees(path, answer) and known
                finding = _too_much(role, path, answer, sees=shown, may=allowed, foreign=path in foreign)
                if finding:
                    findings.setdefault((role, finding.id, pattern_of(path)), finding)
        for path, (where, answer) in matrix.offered.get(role, {}).items():
            # What is dead for the admin too is told by nav.links.
            dead = path in matrix.admin and matrix.admin[path].dead
            meant = any(matches(pattern, path) for pattern in matrix.access.offered)
            if answer.status in _REFUSED and not dead and not meant:
                findings.setdefault((role, OFFERED, pattern_of(path)), _offered_in_vain(role, where, answer))
        for pattern in may:
            tried = {
                path: one for path, one in answers.items() if matches(pattern, path) and path not in foreign
            }
            if not tried:
                untried.append(f"{pattern} for {role}")
            elif not any(one.status == _PUT_OFF or matrix.sees(path, one) for path, one in tried.items()):
                findings[role, LOCKED_OUT, pattern] = _locked_out(role, next(iter(tried.values())))
        untried += [
            f"{path} for {role} (the admin does not open it: {matrix.admin[path]})"
            for path in foreign
            if not matrix.admin[path].good
        ]
    for pattern, why in access.public.items():
        asked = matrix.roles[NOBODY].get(pattern)
        if asked is not None and not asked.good and asked.status != _PUT_OFF:
            findings[NOBODY, LOCKED_OUT, pattern] = _locked_out(f"everybody ({why})", asked)
    return list(findings.values()), untried


def _paths_for(role: str, matrix: Matrix) -> list[str]:
    access = matrix.access
    opened = [path for path, answer in matrix.admin.items() if answer.good]
    named = (*access.roles.get(role, ()), *(access.public if role == NOBODY else ()))
    return list(
        dict.fromkeys([*opened, *access.foreign.get(role, ()), *(one for one in named if is_literal(one))])
    )


def _put_off(answers: Mapping[str, Answer]) -> list[str]:
    return [path for path, answer in answers.items() if answer.status == _PUT_OFF]


def _own_samples(base_url: str, role: str, matrix: Matrix) -> list[str]:
    """Paths that the role's own pages link to and that fit a pattern which nothing opened so far."""
    answers = matrix.roles[role]
    links = {
        path: None
        for answer in answers.values()
        if answer.good
        for link in answer.page.links
        if (path := own_path(base_url, answer.landed, link.href)) and path not in answers
    }
    wanted: dict[str, None] = {}
    for pattern in matrix.access.roles.get(role, ()):
        if not any(matrix.sees(path, one) for path, one in answers.items() if matches(pattern, path)):
            wanted |= dict.fromkeys([path for path in links if matches(pattern, path)][:SAMPLES])
    return list(wanted)


def _links_of(base_url: str, role: str, matrix: Matrix) -> dict[str, str]:
    """Paths that the role's own pages link to, each with the link and its page; none of the deny list.

    Of many of one pattern on one page LINKS are taken, spread over the page: a list may hold others' records.
    """
    skip = matrix.access.skip
    found: dict[str, str] = {}
    for page in (answer for answer in matrix.roles[role].values() if answer.good):
        by_pattern: dict[str, dict[str, str]] = {}
        for link in page.page.links:
            path = own_path(base_url, page.landed, link.href)
            if path and not (denied(path, skip) or denied(link.text, skip)):
                by_pattern.setdefault(pattern_of(path), {})[path] = f"{link.text!r} on {page.landed}"
        for paths in by_pattern.values():
            spread = list(paths)[:: max(1, len(paths) // LINKS)][:LINKS]
            found |= {path: paths[path] for path in spread if path not in found}
    return found


def _too_much(
    role: str, path: str, answer: Answer, *, sees: bool, may: bool, foreign: bool
) -> Finding | None:
    place = f"{path} as {role}"
    if answer.error or answer.status >= 500:
        return Finding(
            id="access.broken",
            place=place,
            expected="an answer or an orderly refusal",
            observed=str(answer),
            hint=f"this path breaks for {role}: see the app's log of that minute",
        )
    if sees and foreign:
        return Finding(
            id="access.foreign",
            place=place,
            expected="refused: the record belongs to somebody else",
            observed=str(answer),
            hint="look at the condition that limits this role to its own records",
        )
    if sees and not may:
        key = "access.public" if role == NOBODY else f"access.roles.{role}"
        return Finding(
            id="access.open",
            place=place,
            expected="refused: target.toml does not open it",
            observed=str(answer),
            hint="look for a missing role_required on this route; if it is meant, add "
            f"{pattern_of(path)!r} to {key}",
        )
    return None


def _offered_in_vain(role: str, where: str, answer: Answer) -> Finding:
    return Finding(
        id=OFFERED,
        place=f"{answer.path} as {role}",
        expected=f"what the link {where} promises",
        observed=str(answer),
        hint="the page shows this role what it may not open, or lists records of others: look at the condition "
        "around the link, and at the query of the list; if it is meant, say why in [access.offered]",
    )


def _locked_out(who: str, answer: Answer) -> Finding:
    return Finding(
        id=LOCKED_OUT,
        place=f"{answer.path} as {who}",
        expected="open, as target.toml says",
        observed=str(answer),
        hint="look at role_required on this route; if it was taken away on purpose, take it out of target.toml",
    )
