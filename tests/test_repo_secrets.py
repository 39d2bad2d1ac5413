"""gate.repo.secrets: what must be found in commits, and what must not. All secrets are made up here."""

import hashlib
import json
import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest

from gate.repo.candidate import Candidate
from gate.repo.secret_rules import believable, is_secret_file, secrets_in
from gate.repo.secrets import SecretScan, scan_commits
from tests.test_repo_candidate import git

Write = Callable[..., str]


# The same on every worker and in every run: what is tested must not change with the weather.
MADE_UP = random.Random(7)


def letters(count: int, alphabet: str = string.ascii_letters + string.digits) -> str:
    """Random characters with every kind of them, so that no rule depends on luck."""
    return "aZ3" + "".join(MADE_UP.choice(alphabet) for _ in range(count - 3))


GRAPH_SECRET = f"{letters(3)}8Q~{letters(34)}"
PASSWORD = letters(20)
PRIVATE_KEY = "-----BEGIN RSA " + "PRIVATE KEY-----"

LEAKS = {
    "private key": ("deploy.pem", PRIVATE_KEY),
    "private key in a test": ("tests/key.py", f'KEY = """{PRIVATE_KEY}'),
    "Graph client secret": ("config.py", f'GRAPH = "{GRAPH_SECRET}"'),
    "Graph client secret in docs": ("docs/x.md", f"use {GRAPH_SECRET} here"),
    "Render API key": ("deploy.sh", f"curl -H 'Authorization: Bearer rnd_{letters(28)}'"),
    "Render deploy hook": (
        ".github/workflows/x.yml",
        f"curl https://api.render.com/deploy/srv-abc?key={letters(11)}",
    ),
    "GitHub token": ("ci.sh", f"TOKEN=ghp_{letters(36)}"),
    "AWS key": ("s3.py", 'ID = "AKIA' + letters(16, string.ascii_uppercase).upper()[:16] + '"'),
    "connection string": ("db.py", f'URL = "postgresql://envios:{PASSWORD}@db.envios.com/envios"'),
    "connection string with words": ("db.py", 'URL = "postgresql://envios:secreto@db.envios.com/envios"'),
    "connection string inside Render": ("db.py", f'URL = "postgresql://e:{PASSWORD}@dpg-cabc123-a/envios"'),
    "connection string in docs": (
        "docs/x.md",
        f"DATABASE_URL=postgresql://envios:{PASSWORD}@db.envios.com/envios",
    ),
    "redis": ("cache.py", f'R = "rediss://:{PASSWORD}@red-1.envios.com:6379"'),
    "password": ("mail.py", f'SMTP_PASSWORD = "{PASSWORD}"'),
    "password in YAML": ("config.yaml", f"password: {PASSWORD}"),
    "password in Spanish": ("mail.py", f'contraseña = "{PASSWORD}"'),
    "default of a secret": ("config.py", f'os.environ.get("FLASK_SECRET_KEY", "{PASSWORD}")'),
    "random key": ("config.py", f'app.secret_key = "{letters(43)}"'),
    "random hex key": ("config.py", f'SIGNING_KEY = "{MADE_UP.randbytes(32).hex()}"'),
    "shell": ("deploy.sh", f"export SMTP_PASSWORD={PASSWORD}"),
    "Dockerfile": ("web/Dockerfile", f"ENV API_TOKEN_MAIL={PASSWORD}"),
    "role in SQL": ("roles.sql", f"ALTER ROLE envios PASSWORD '{PASSWORD}';"),
    "notebook": ("a.ipynb", f'   "SMTP_PASSWORD = \\"{PASSWORD}\\"\\n",'),
    "second half of a long line": ("data.js", "x" * 5000 + f' password="{PASSWORD}"'),
}

NO_LEAKS = {
    "name in code": ("app.py", "app.config.update(SECRET_KEY=settings.KEY_V2)"),
    "variable in the shell": ("deploy.sh", 'curl -u "x:$API_TOKEN" && SMTP_PASSWORD=$(cat /run/secrets/v1)'),
    "reading a variable": ("config.py", 'SECRET_KEY = os.environ["FLASK_SECRET_KEY"]'),
    "default of development": ("config.py", 'SECRET_KEY = os.environ.get("FLASK_SECRET_KEY", "dev")'),
    "placeholder": (".env.example", "FLASK_SECRET_KEY=changeme"),
    "placeholder address": (".env.example", "DATABASE_URL=postgresql://usuario:clave@localhost:5432/envios"),
    "placeholder host": ("README.md", "DATABASE_URL=postgresql://user:password@host/database"),
    "example host": ("docs/x.md", f"postgresql://envios:{PASSWORD}@db.envios.example/envios"),
    "templated": ("config.py", 'URL = f"postgresql://{user}:{password}@{host}/envios"'),
    "shell": ("run.sh", 'URL="postgresql://$USER:$PASSWORD@db.envios.com/x"'),
    "local compose file": ("docker-compose.yml", "DATABASE_URL: postgresql://postgres:postgres@db:5432/app"),
    "form field": ("login.html", '<input type="password" name="password" id="password">'),
    "label": ("login.html", '<label for="password">Contraseña</label>'),
    "message": ("auth.py", 'flash("Usuario o contraseña incorrectos")'),
    "words": ("auth.py", 'password_error = "contraseña incorrecta"'),
    "hashing": ("auth.py", "password = generate_password_hash(form.password.data)"),
    "route": ("auth.py", 'return redirect(url_for("auth.password_reset", token=token))'),
    "test password": ("tests/test_login.py", f'login("admin", password="{PASSWORD}")'),
    "checksum": ("base.html", f'<script integrity="sha384-{letters(64)}" crossorigin="anonymous">'),
    "migration": ("migrations/1.py", 'revision = "1975ea83b712"'),
    "commit": ("version.py", f'COMMIT = "{MADE_UP.randbytes(20).hex()}"'),
    "alphabet": ("numbers.py", 'KEY_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz"'),
    "guid": ("docs/x.py", 'TOKEN_TENANT = "11111111-1111-4111-8111-111111111111"'),
    "csrf": ("form.html", '<input name="csrf_token" value="{{ csrf_token() }}">'),
    "lock file": ("poetry.lock", f'password = "{PASSWORD}"'),
    "render.yaml": ("render.yaml", "key: FLASK_SECRET_KEY"),
    "hashes": ("requirements.txt", f"flask==3.1.3 --hash=sha256:{MADE_UP.randbytes(32).hex()}"),
    "allowed on its line": (
        "mail.py",
        f'SMTP_PASSWORD = "{PASSWORD}"  # pragma: allowlist secret - of the double',
    ),
    "allowed on the line above": (
        "mail.py",
        f'# pragma: allowlist nextline secret: the double knows it\nSMTP_PASSWORD = "{PASSWORD}"',
    ),
}


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "app"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "app.py").write_text("app = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "In production")
    git(folder, "checkout", "-q", "-b", "feature/x")
    return folder


@pytest.fixture
def write(repository: Path) -> Write:
    """Commits a file's content on the branch; returns the commit."""

    def commit(path: str, text: str | bytes) -> str:
        file = repository / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        git(repository, "add", "-A", "-f")
        git(repository, "commit", "-q", "-m", f"Change {path}")
        return git(repository, "rev-parse", "--short=7", "HEAD")

    return commit


def scan(repository: Path) -> SecretScan:
    return scan_commits(Candidate.open(repository, "main"))


@pytest.mark.parametrize(("path", "line"), LEAKS.values(), ids=LEAKS.keys())
def test_a_secret_is_found_and_never_shown(repository: Path, write: Write, path: str, line: str) -> None:
    commit = write(path, f"first line\n{line}\n")
    findings = scan(repository).findings
    assert findings, line
    assert findings[0].place == f"{commit}:{path}:2"
    for secret in (GRAPH_SECRET, PASSWORD, *(found for _, found in secrets_in(path, line))):
        assert secret not in findings[0].model_dump_json()


@pytest.mark.parametrize(("path", "line"), NO_LEAKS.values(), ids=NO_LEAKS.keys())
def test_what_only_resembles_a_secret_is_no_finding(
    repository: Path, write: Write, path: str, line: str
) -> None:
    write(path, f"first line\n{line}\n")
    assert scan(repository).findings == ()


def test_a_secret_that_was_removed_again_is_still_found(repository: Path, write: Write) -> None:
    commit = write("mail.py", f'SMTP_PASSWORD = "{PASSWORD}"\n')
    write("mail.py", 'SMTP_PASSWORD = os.environ["SMTP_PASSWORD"]\n')
    (finding,) = scan(repository).findings
    assert finding.place == f"{commit}:mail.py:1"
    assert "removed later, but in the history" in finding.observed


@pytest.mark.parametrize(
    ("path", "before", "after"),
    [
        ("render.yaml", "- key: API_SECRET\n  sync: false\n", f"- key: API_SECRET\n  value: {PASSWORD}\n"),
        (
            "k8s.json",
            '"name": "DB_PASSWORD",\n"value": ""\n',
            f'"name": "DB_PASSWORD",\n"value": "{PASSWORD}"\n',
        ),
        ("mail.py", "SMTP_PASSWORD = (\n    env\n)\n", f'SMTP_PASSWORD = (\n    "{PASSWORD}"\n)\n'),
        ("mail.py", "SMTP_PASSWORD = \\\n    env\n", f'SMTP_PASSWORD = \\\n    "{PASSWORD}"\n'),
    ],
)
def test_a_value_whose_name_stands_on_an_unchanged_line_above_is_found(
    repository: Path, write: Write, path: str, before: str, after: str
) -> None:
    write(path, before)
    commit = write(path, after)
    (finding,) = scan(repository).findings
    assert finding.place == f"{commit}:{path}:2"


def test_a_value_of_another_name_than_a_secrets_is_no_finding(repository: Path, write: Write) -> None:
    write("render.yaml", f"- key: BUILD\n  value: {PASSWORD}\n- key: API_SECRET\n  sync: false\n")
    write("mail.py", "# PASSWORD =\nPATH = 'Another1Word'\n")
    assert scan(repository).findings == ()


@pytest.mark.parametrize("attribute", ["-diff", "binary"])
def test_attributes_do_not_hide_a_text(repository: Path, write: Write, attribute: str) -> None:
    write(".gitattributes", f"*.js {attribute}\n")
    commit = write("keys.js", f'const API_SECRET = "{PASSWORD}";\n')
    (finding,) = scan(repository).findings
    assert finding.place == f"{commit}:keys.js:1"


def test_a_secret_in_a_commits_message_is_found(repository: Path) -> None:
    said = f"Mail goes out\n\nTry it with\nSMTP_PASSWORD={PASSWORD}\nThis reverts commit {'1a' * 20}."
    git(repository, "commit", "-q", "--allow-empty", "-m", said)
    (finding,) = scan(repository).findings
    assert finding.place == f"{git(repository, 'rev-parse', 'HEAD')[:7]}:commit message:4"
    assert finding.observed.endswith("in the history")


def test_a_secret_of_the_base_is_not_the_branchs(repository: Path, write: Write) -> None:
    git(repository, "checkout", "-q", "main")
    write("mail.py", f'SMTP_PASSWORD = "{PASSWORD}"\n')
    git(repository, "checkout", "-q", "-b", "feature/y")
    write("other.py", "pass\n")
    assert scan(repository).findings == ()


def test_what_a_merge_brings_of_its_own_is_found_and_what_it_merges_is_not(
    repository: Path, write: Write
) -> None:
    write("app.py", "app = 2\n")
    git(repository, "checkout", "-q", "main")
    write("mail.py", f'OLD_PASSWORD = "{PASSWORD}"\n')
    write("app.py", "app = 3\n")
    git(repository, "checkout", "-q", "feature/x")
    git(repository, "merge", "-q", "--no-commit", "-s", "ours", "main")
    (repository / "app.py").write_text(f'app = 4\nNEW_PASSWORD = "{letters(20)}"\n')
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "Merge main")
    findings = scan(repository).findings
    assert [finding.place.partition(":")[2] for finding in findings] == ["app.py:2"]


def test_the_same_secret_is_told_once_per_file(repository: Path, write: Write) -> None:
    write("a.py", f'SMTP_PASSWORD = "{PASSWORD}"\nIMAP_PASSWORD = "{PASSWORD}"\n')
    write("a.py", f'\nSMTP_PASSWORD = "{PASSWORD}"\n')
    assert len(scan(repository).findings) == 1


def test_a_committed_env_file_is_one_finding(repository: Path, write: Write) -> None:
    commit = write(".env", f"FLASK_SECRET_KEY={PASSWORD}\nSMTP_PASSWORD={letters(20)}\n")
    (finding,) = scan(repository).findings
    assert (finding.id, finding.place) == ("secrets.file", f"{commit}:.env")


def test_a_file_that_is_moved_to_the_name_of_one_with_secrets_is_told(repository: Path, write: Write) -> None:
    write("variables.txt", "DEBUG=1\n" * 20)
    git(repository, "mv", "variables.txt", ".env")
    git(repository, "commit", "-q", "-m", "Move")
    assert [finding.id for finding in scan(repository).findings] == ["secrets.file"]


def test_a_baseline_allows_what_it_lists(repository: Path, write: Write) -> None:
    write("mail.py", f'SMTP_PASSWORD = "{PASSWORD}"\n')
    mark = hashlib.sha1(PASSWORD.encode()).hexdigest()
    entry = {"type": "Secret Keyword", "hashed_secret": mark, "line_number": 1}
    write(".secrets.baseline", json.dumps({"results": {"mail.py": [entry]}}, indent=2))
    (finding,) = scan(repository).findings
    assert finding.observed.endswith("allowed without a reason")
    entry["reason"] = "the password of the local double"
    write(".secrets.baseline", json.dumps({"results": {"mail.py": [entry]}}, indent=2))
    result = scan(repository)
    assert result.findings == ()
    assert result.allowed[0].endswith("allowed: the password of the local double")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "  # pragma: allowlist secret"),
        ("", "  # pragma: allowlist secret - 1"),
        ("", f"  # pragma: allowlist secret {PASSWORD}"),
        ("# pragma: allowlist nextline secret\n", ""),
        ("<!-- pragma: allowlist nextline secret -->\n", ""),
    ],
)
def test_what_is_allowed_without_a_reason_is_told(
    repository: Path, write: Write, before: str, after: str
) -> None:
    write("mail.py", f'{before}SMTP_PASSWORD = "{PASSWORD}"{after}\n')
    (finding,) = scan(repository).findings
    assert finding.observed.endswith("there at HEAD, allowed without a reason")
    assert PASSWORD not in str(finding)


def test_a_pragma_allows_the_next_line_and_not_the_next_one_that_is_added(
    repository: Path, write: Write
) -> None:
    write("mail.py", "A = 1\nB = 2\n")
    pragma = "# pragma: allowlist nextline secret - of the double"
    write("mail.py", f'{pragma}\nA = 1\nSMTP_PASSWORD = "{PASSWORD}"\nB = 2\n')
    assert [one.place.rpartition(":")[2] for one in scan(repository).findings] == ["3"]


def test_a_broken_baseline_allows_nothing(repository: Path, write: Write) -> None:
    write("mail.py", f'SMTP_PASSWORD = "{PASSWORD}"\n')
    write(".secrets.baseline", "[")
    assert len(scan(repository).findings) == 1


def test_what_cannot_be_read_is_counted(repository: Path, write: Write) -> None:
    commit = write("logo.bin", bytes(range(256)))
    write("data.js", "x" * 200_000)
    result = scan(repository)
    assert result.unread[0] == f"{commit}:logo.bin (binary)"
    assert "data.js:1 (200000 characters)" in result.unread[1]
    assert result.commits == 2


def test_odd_paths_and_content_that_looks_like_a_diff_do_not_confuse(repository: Path, write: Write) -> None:
    write(
        'a b/ñandú "x".py',
        f'+++ b/other.py\n@@ -1 +1 @@\n-- x\ncommit {"a" * 40}\nSMTP_PASSWORD = "{PASSWORD}"\n',
    )
    (finding,) = scan(repository).findings
    assert finding.place.endswith(':a b/ñandú "x".py:5')


def test_a_moved_file_is_not_read_again(repository: Path, write: Write) -> None:
    write("mail.py", f'SMTP_PASSWORD = "{PASSWORD}"\n' + "pass\n" * 20)
    git(repository, "mv", "mail.py", "post.py")
    git(repository, "commit", "-q", "-m", "Move")
    assert [finding.place.partition(":")[2] for finding in scan(repository).findings] == ["mail.py:1"]


@pytest.mark.parametrize(
    "path", [".env", "web/.env.production", ".env.local", "certs/a.p12", "id_rsa", ".pgpass"]
)
def test_files_of_secrets_are_known_by_name(path: str) -> None:
    assert is_secret_file(path)


@pytest.mark.parametrize(
    "path", [".env.example", ".env.sample", "env.py", "cert.pem", "id_rsa.pub", ".envrc.md"]
)
def test_other_files_are_not(path: str) -> None:
    assert not is_secret_file(path)


@pytest.mark.parametrize(
    "value", ["", "hola", "contraseña", "your-password", "{password}", "Clave Nueva 1", "aaaa1111"]
)
def test_words_are_no_believable_passwords(value: str) -> None:
    assert not believable(value)


@pytest.mark.parametrize("value", ["hunter2x", "S3creto!", PASSWORD, "Pa$$w0rd!"])
def test_passwords_are_believable(value: str) -> None:
    assert believable(value)
