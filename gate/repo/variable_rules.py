"""What must hold for the app's variables. Pure: values in, findings out, and no value in any text."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from urllib.parse import SplitResult, urlsplit

from gate.repo.variables import Variables
from gate.results import Finding
from gate.target import Variable

MIN_SECRET = 32
BITS_PER_CHARACTER = 3

_GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.I)
_EMAIL = re.compile(r"[^@\s\"'<>]+@[^@\s\"'<>.]+(\.[^@\s\"'<>.]+)+")
_SCHEMA = re.compile(r"[a-zA-Z_][a-zA-Z0-9_$]{0,62}")
_PLACEHOLDER = re.compile(
    r"<.*>|\{\{.*\}\}|\$\{.*\}|\.{3}|x{3,}|\*{3,}|\?+"
    r"|(change|replace|cambi)[-_ ]?(me|this|esto|ar|alo)?"
    # Words, as a person writes them, and short numbers alone: a random secret may begin with my_ as well.
    r"|(your|my|tu|su|insert|put|fill|poner|completar)"
    r"([-_ .]+((?-i:[a-zà-ÿ]{1,16}|[A-ZÀ-Þ]{1,16}|[A-ZÀ-Þ][a-zà-ÿ]{1,15})|\d{1,4}))+\W*"
    r"|to[-_ ]?do|fix[-_ ]?me|tbd|none|null|undefined|placeholder|pendiente|example|ejemplo",
    re.I,
)
_DEFAULT = re.compile(
    r"dev(elopment)?|desarrollo|secreto?|key|clave|test(ing)?|password|contraseña|admin|flask|django|default"
    r"|postgres|root|0?1234\d*",
    re.I,
)
_TELLTALE = re.compile(r"change[-_ ]?me|secret|password|contraseña|default|develop|desarrollo|example", re.I)


def absent(declared: Mapping[str, Variable], given: Variables) -> list[Finding]:
    """Required variables that are missing, empty or still a placeholder, and groups set only in part.

    A placeholder where a secret belongs is a weak secret, and told by `weak`.
    """
    findings = []
    for name, rule in declared.items():
        if given.has(name):
            if rule.kind != "secret" and is_placeholder(given.clear(name)):
                findings.append(_finding("placeholder", name, given, "a real value", "still a placeholder"))
        elif rule.required:
            observed = "it is empty" if name in given else "it is not set"
            if rule.required_when:
                observed += f", and target.toml describes [{rule.required_when}]"
            findings.append(_finding("missing", name, given, "set", observed))
    return [*findings, *_incomplete(declared, given)]


def malformed(declared: Mapping[str, Variable], given: Variables) -> list[Finding]:
    """Set variables whose value has blanks or quotes around it, is too short, not of its kind, or forbidden."""
    findings = []
    for name, rule in declared.items():
        value = given.clear(name)
        if not value.strip() or is_placeholder(value):
            continue
        expected, problem = "", _wrapped(value)
        if problem:
            expected = "nothing around the value"
        elif rule.kind in _KINDS:
            expected, judge = _KINDS[rule.kind]
            problem = judge(value)
        if not problem:
            expected, problem = _own_rules(rule, value)
        if problem:
            findings.append(_finding("malformed", name, given, expected, problem))
    return findings


def _own_rules(rule: Variable, value: str) -> tuple[str, str]:
    """What target.toml itself asks of the value: expected and problem, both empty where it holds."""
    if value.casefold() in (one.casefold() for one in rule.forbidden):
        return "none of the values that target.toml forbids", "one of them"
    if rule.pattern and not re.fullmatch(rule.pattern, value):
        return f"a value that matches {rule.pattern}", "it does not"
    if rule.kind == "text" and len(value) < rule.min_length:
        return f"at least {rule.min_length} characters", f"{len(value)} characters"
    return "", ""


def weak(declared: Mapping[str, Variable], given: Variables) -> list[Finding]:
    """Set variables of the kind secret that can be guessed: too short, known by heart, or hardly random."""
    findings = []
    for name, rule in declared.items():
        value = given.clear(name).strip()
        if rule.kind != "secret" or not value:
            continue
        needed = rule.min_length if rule.min_length > 1 else MIN_SECRET
        problem = weakness(value, needed)
        if problem:
            findings.append(
                _finding(
                    "weak", name, given, f"at least {needed} random characters", problem,
                    'make one: python3 -c "import secrets; print(secrets.token_urlsafe(48))"',
                )
            )  # fmt: skip
    return findings


def is_placeholder(value: str) -> bool:
    """Whether the value stands for one that nobody filled in."""
    return _PLACEHOLDER.fullmatch(value.strip().strip("'\"")) is not None


def has_shape_of_id(value: str) -> bool:
    """Whether a value is a GUID: as a client secret it is likely the secret's ID and not its value."""
    return _GUID.fullmatch(value.strip()) is not None


def weakness(value: str, needed: int) -> str:
    """Why a secret can be guessed, or an empty string."""
    if _DEFAULT.fullmatch(value) or is_placeholder(value):
        return "a default that everyone knows"
    if len(value) < needed:
        return f"{len(value)} characters"
    if _TELLTALE.search(value):
        return "it holds a word that such defaults are made of"
    if (value + value).find(value, 1) < len(value):
        return "one piece repeated"
    steps = [abs(ord(a) - ord(b)) for a, b in itertools.pairwise(value)]
    if sum(step <= 1 for step in steps) > len(steps) / 2:
        return "characters in sequence"
    if _bits(value) < BITS_PER_CHARACTER * needed:
        return f"hardly random (about {_bits(value):.0f} bits, {BITS_PER_CHARACTER * needed} are needed)"
    return ""


def kinds(declared: Mapping[str, Variable], *wanted: str) -> list[str]:
    """Names of the declared variables of these kinds, in order."""
    return [name for name, rule in declared.items() if rule.kind in wanted]


def _incomplete(declared: Mapping[str, Variable], given: Variables) -> Iterable[Finding]:
    groups: dict[str, list[str]] = {}
    for name, rule in declared.items():
        if rule.together:
            groups.setdefault(rule.together, []).append(name)
    for group, names in groups.items():
        there = [name for name in names if given.has(name)]
        # A required one that is missing was already told.
        gone = [name for name in names if name not in there and not declared[name].required]
        if there and gone:
            yield Finding(
                id="variables.incomplete",
                place=", ".join(gone),
                expected=f"all of {group} or none: {', '.join(names)}",
                observed=f"only {', '.join(there)}",
                hint="set the missing ones, or remove the others",
            )


def _finding(id: str, name: str, given: Variables, expected: str, observed: str, hint: str = "") -> Finding:
    where = f" (from {given[name].source})" if name in given else ""
    return Finding(
        id=f"variables.{id}",
        place=name,
        expected=expected,
        observed=f"{observed}{where}",
        hint=hint or f"set {name} in the app's environment (Render: Environment) and in the file given here",
    )


def _wrapped(value: str) -> str:
    if value != value.strip():
        return "blanks before or after it"
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"`":
        return "quotes around it, which become part of the value"
    return ""


def _url(value: str) -> str:
    parts = _split(value)
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return "no http(s) address"
    return "a blank in it" if re.search(r"\s", value) else ""


def _postgres(value: str) -> str:
    if not re.match(r"postgres(ql)?(\+\w+)?://", value):
        return "no postgresql:// address"
    parts = _split(value)
    if "#" in value or (parts and "@" in parts.netloc.rpartition("@")[0]):
        return "a character in the password that must be percent-encoded"
    if parts is None:
        return "a port or host that cannot be read"
    if not parts.hostname and "host=" not in parts.query:
        return "no host in it"
    if not parts.path.strip("/") and "dbname=" not in parts.query:
        return "no database name in it"
    return ""


def _sharepoint(value: str) -> str:
    problem = _url(value)
    host = (urlsplit(value).hostname or "") if not problem else ""
    loopback = host in ("127.0.0.1", "localhost", "::1")
    if not problem and not loopback and not value.startswith("https://"):
        return "not https"
    if not problem and not loopback and "sharepoint" not in host.split("."):
        return f"an address at {host}, which is not SharePoint"
    return problem


def _shape(pattern: re.Pattern[str], problem: str) -> Callable[[str], str]:
    return lambda value: "" if pattern.fullmatch(value) else problem


_KINDS: dict[str, tuple[str, Callable[[str], str]]] = {
    "url": ("an http(s) address", _url),
    "postgres": ("postgresql://user:password@host/database", _postgres),
    "guid": ("a GUID, such as 00000000-0000-0000-0000-000000000000", _shape(_GUID, "no GUID")),
    "email": ("an e-mail address", _shape(_EMAIL, "no e-mail address")),
    "sharepoint": ("the https address of a file in SharePoint", _sharepoint),
    "schema": ("the name of a schema: letters, digits, underscores", _shape(_SCHEMA, "no name of a schema")),
}


def _split(value: str) -> SplitResult | None:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _bits(value: str) -> float:
    """Bits that the value would hold if its characters were drawn as often as they occur in it."""
    counts = Counter(value).values()
    return -sum(count * math.log2(count / len(value)) for count in counts)
