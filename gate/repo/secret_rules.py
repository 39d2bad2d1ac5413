"""What a secret in a line of code looks like: detect-secrets' detectors, and rules for what they do not know.

A rule reads one line and yields (what it is, the secret). Everything that merely resembles a secret (a
placeholder, a reference to a variable, a word) is left out here, so that a finding can be believed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePosixPath
from urllib.parse import unquote

from detect_secrets.filters import heuristic
from detect_secrets.plugins.aws import AWSKeyDetector
from detect_secrets.plugins.azure_storage_key import AzureStorageKeyDetector
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.discord import DiscordBotTokenDetector
from detect_secrets.plugins.github_token import GitHubTokenDetector
from detect_secrets.plugins.gitlab_token import GitLabTokenDetector
from detect_secrets.plugins.high_entropy_strings import Base64HighEntropyString, HexHighEntropyString
from detect_secrets.plugins.jwt import JwtTokenDetector
from detect_secrets.plugins.keyword import KeywordDetector
from detect_secrets.plugins.mailchimp import MailchimpDetector
from detect_secrets.plugins.npm import NpmDetector
from detect_secrets.plugins.openai import OpenAIDetector
from detect_secrets.plugins.private_key import PrivateKeyDetector
from detect_secrets.plugins.pypi_token import PypiTokenDetector
from detect_secrets.plugins.sendgrid import SendGridDetector
from detect_secrets.plugins.slack import SlackDetector
from detect_secrets.plugins.square_oauth import SquareOAuthDetector
from detect_secrets.plugins.stripe import StripeDetector
from detect_secrets.plugins.telegram_token import TelegramBotTokenDetector
from detect_secrets.plugins.twilio import TwilioKeyDetector

from gate.repo.variable_rules import is_placeholder

Found = tuple[str, str]
Rule = Callable[[str, str], Iterator[Found]]

# Formats that only a secret has: believed wherever they stand.
_TOKENS: tuple[BasePlugin, ...] = (
    AWSKeyDetector(),
    AzureStorageKeyDetector(),
    DiscordBotTokenDetector(),
    GitHubTokenDetector(),
    GitLabTokenDetector(),
    JwtTokenDetector(),
    MailchimpDetector(),
    NpmDetector(),
    OpenAIDetector(),
    PrivateKeyDetector(),
    PypiTokenDetector(),
    SendGridDetector(),
    SlackDetector(),
    SquareOAuthDetector(),
    StripeDetector(),
    TelegramBotTokenDetector(),
    TwilioKeyDetector(),
)
_KEYWORD = KeywordDetector()
_BASE64, _HEX = Base64HighEntropyString(limit=4.3), HexHighEntropyString(limit=3.0)

_FORMATS = (
    ("Graph client secret", re.compile(r"(?<![\w~.-])([\w~.-]{3}\dQ~[\w~.-]{31,34})(?![\w~.-])")),
    ("Render API key", re.compile(r"\b(rnd_[A-Za-z0-9]{20,})\b")),
    ("Render deploy hook", re.compile(r"api\.render\.com/deploy/srv-\w+\?key=([\w-]{6,})")),
)
_CONNECTION = re.compile(r"\b([a-z][a-z0-9+.-]*)://([^\s:/@\"'<>]*):([^\s/@\"'<>]+)@([^\s/:?\"'<>,)]+)", re.I)
_FALLBACK = re.compile(
    r"(?:environ\.get|getenv|config\.get|setdefault)\(\s*[\"']\w*(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|CLAVE)\w*[\"']"
    r"\s*,\s*[\"']([^\"']+)[\"']",
    re.I,
)
# Where no quotes need to stand around a value: the shell, a Dockerfile, a commit's message; in code it is a name.
_UNQUOTED = re.compile(
    r"(?<![\w$])[A-Z0-9_]*(?:SECRET|PASSWORD|PASSWD|TOKEN|API_?KEY|CLAVE)[A-Z0-9_]*=([^\s\"'`;,&|<>()\[\]{}$]{6,})"
)
_SHELL = re.compile(r"(^|/)(Dockerfile[^/]*|[^/.]+|[^/]+\.(sh|bash|zsh|txt|env|mk|service))$")
_SQL = re.compile(r"\bPASSWORD\s+'([^']+)'", re.I)
_SPEAKS_OF_SECRETS = re.compile(r"secret|pass|pwd|token|key|clave|credential|contrase|auth", re.I)
_LONG_RUN = re.compile(r"[A-Za-z0-9_+/=-]{16}|PRIVATE KEY")
_CHECKSUM = re.compile(r"integrity|sha-?(1|256|384|512)|md5|checksum|etag|--hash|digest|revision", re.I)
_NOWHERE = re.compile(
    r"localhost|127\.|0\.0\.0\.0|\[?::1|host\b|db$|postgres$|redis$|.*\.(example|test|invalid|local|localhost)$"
    r"|(.*\.)?example\.(com|org|net)$",
    re.I,
)
_REFERENCE = re.compile(r"^\$[a-z_]|\$\{|\{[\w.]*\}|%[s(]|<[^>]*>|\.\.\.|environ\b|getenv", re.I)
_MADE_UP = re.compile(
    r"(^|/)(tests?|fixtures?|examples?|docs?)/|(^|/)(test_[^/]*|conftest)\.py$|\.(md|rst)$", re.I
)


def secrets_in(path: str, line: str) -> Iterator[Found]:
    """Every secret of a line, as (what it is, the secret)."""
    # Twenty detectors on every line of a large change take their time: this spares most lines.
    if _LONG_RUN.search(line):
        for plugin in _TOKENS:
            yield from (
                (plugin.secret_type, secret)
                for secret in _hits(plugin, path, line)
                if _stands_alone(secret, line)
            )
    for kind, pattern in _FORMATS:
        yield from ((kind, found[1]) for found in pattern.finditer(line))
    yield from _connections(line)
    # Tests and documentation are full of made-up passwords; a real key there is found by its format.
    if _SPEAKS_OF_SECRETS.search(line) and not _MADE_UP.search(path):
        # Code in a notebook or another JSON stands there with its quotes escaped.
        line = line.replace('\\"', '"')
        yield from (
            ("default of a secret", found[1]) for found in _FALLBACK.finditer(line) if believable(found[1])
        )
        yield from (
            ("value of something named like a secret", found[1])
            for pattern in (_UNQUOTED, _SQL)
            for found in pattern.finditer(line)
            if (pattern is _SQL or _SHELL.search(path)) and believable(found[1])
        )
        yield from _named(path, line)
        yield from _random(path, line)


def is_secret_file(path: str) -> bool:
    """Whether a file of that name holds secrets by its nature, such as .env or a key store."""
    name = PurePosixPath(path).name.lower()
    if name == ".env" or name.startswith(".env."):
        return not re.search(r"example|sample|template|dist|ejemplo|plantilla|\.md$", name)
    return name.endswith((".p12", ".pfx", ".jks", ".keystore", ".kdbx")) or name in _SECRET_FILES


def believable(secret: str) -> bool:
    """Whether a value that stands where a password would is one: no placeholder, reference or plain words."""
    if len(secret) < 6 or re.search(r"\s", secret) or is_placeholder(secret) or _REFERENCE.search(secret):
        return False
    letters = [part for part in re.split(r"[^A-Za-zÀ-ÿ]+", secret) if part]
    only_words = not re.search(r"\d", secret) and all(
        part.islower() or part.istitle() or part.isupper() for part in letters
    )
    return not only_words and len(set(secret)) > 4


def _connections(line: str) -> Iterator[Found]:
    for scheme, user, raw, host in _CONNECTION.findall(line):
        password = unquote(raw)
        if _REFERENCE.search(password) or is_placeholder(password) or _NOWHERE.match(host):
            continue
        somewhere = "." in host or re.fullmatch(r"dpg-[a-z0-9]+-[a-z]", host)
        if (somewhere and password != user) or believable(password):
            yield f"password in a {scheme} address", password


def _named(path: str, line: str) -> Iterator[Found]:
    if heuristic.is_indirect_reference(line):
        return
    for secret in _hits(_KEYWORD, path, line):
        if believable(secret) and not heuristic.is_templated_secret(secret):
            yield "value of something named like a secret", secret


def _random(path: str, line: str) -> Iterator[Found]:
    if _CHECKSUM.search(line):
        return
    for secret in _hits(_HEX, path, line):
        if len(secret) >= 32 and not secret.isdigit():
            yield "random hexadecimal string", secret
    for secret in _hits(_BASE64, path, line):
        alphabet = len(set(secret)) == len(secret)
        mixed = all(re.search(kind, secret) for kind in ("[a-z]", "[A-Z]", r"\d"))
        if mixed and not alphabet and len(secret) >= 20 and not heuristic.is_likely_id_string(secret, line):
            yield "random string", secret


def _stands_alone(secret: str, line: str) -> bool:
    """Whether a token is no mere part of a longer text, such as a picture in base64."""
    return re.search(rf"(?<![A-Za-z0-9+/]){re.escape(secret)}(?![A-Za-z0-9+/])", line) is not None


def _hits(plugin: BasePlugin, path: str, line: str) -> list[str]:
    hits = plugin.analyze_line(filename=path, line=line, line_number=1)
    values = (hit.secret_value for hit in hits)
    return sorted(
        value
        for value in values
        if value and not heuristic.is_sequential_string(value) and not heuristic.is_potential_uuid(value)
    )


_SECRET_FILES = frozenset(
    {".pgpass", ".netrc", ".pypirc", ".htpasswd", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519"}
)
