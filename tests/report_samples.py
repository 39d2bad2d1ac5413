"""Verdicts as real runs make them: a GO, a NO-GO with blocked checks and pictures, hostile text."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping
from pathlib import Path

from gate.checklist import Checklist
from gate.results import Cause, CheckResult, Evidence, Finding, Outcome, Step
from gate.verdict import CommitFacts, Run, TargetFacts, Verdict, decide

COMMIT = "4f2c9d1e7ab03c5580d2f6a1b9c8e7d6a5f40312"
HOSTILE = (
    "<script>document.title='owned'</script><img src=http://outside.example/x onerror=alert(1)> "
    "\u202etxt.exe\u202c \x1b[31mred\x1b[0m"
)

ITEMS = (
    ("deploy.commit", "5.3", "The expected commit is live", "", None),
    ("deploy.boot_logs", "5.3", "Boot logs are clean", "Revisar logs de arranque", None),
    ("login.admin", "5.3", "The administrator signs in", "Login admin", None),
    ("login.wrong_password", "3.3", "A wrong password stays out", "", None),
    ("panels.estado", "3.3", "Panel: shipments by state", "Navegación a paneles", None),
    ("panels.clientes", "3.3", "Panel: shipments by client", "Navegación a paneles", None),
    ("panels.rutas", "3.3", "Panel: routes", "Navegación a paneles", None),
    ("panels.tiempos", "3.3", "Panel: delivery times", "Navegación a paneles", None),
    ("panels.ingresos", "3.3", "Panel: revenue", "Navegación a paneles", None),
    ("shipments.create", "5.3", "A shipment is created with every field", "Ejecución de flujo crítico", None),
    ("shipments.query", "5.3", "The shipment is found by its number", "crear/consultar shipment", None),
    ("shipments.query_nothing", "5.3", "A wrong query finds nothing", "", None),
    ("shipments.edit", "3.3", "A shipment is edited", "Alta/edición de un registro", None),
    ("shipments.cancel", "3.3", "A shipment is cancelled", "", None),
    ("pdf.content", "4", "The PDF holds number and recipient", "Se validó generación de PDF", "pdf"),
    ("pdf.pages", "4", "No page of the PDF is blank", "", "pdf"),
    ("mail.delivered", "5.3", "A test mail arrives once", "Si hay mails: envío de prueba controlado", "mail"),
    ("access.roles", "4", "Roles see what they may", "Se revisaron rutas y permisos (role_required)", None),
    ("access.anonymous", "4", "Nobody gets in without signing in", "", None),
    ("performance.panels", "4", "Panels answer in time", "Se revisó performance de queries", None),
    ("pages.guard", "3.3", "No visited page reported an error", "", None),
    ("sync.run", "3.3", "The sync reads both sheets", "Ejecución controlada de sync", "sync"),
    ("headers.security", "5.2", "Answers carry safe headers", "", None),
)  # fmt: skip
ADVISORY = ("performance.panels", "headers.security")


def checklist() -> Checklist:
    """The closed list that all samples answer to."""
    return Checklist.model_validate(
        {
            "schema": 1,
            "item": [
                {
                    "id": name,
                    "stages": ["postdeploy"],
                    "section": section,
                    "title": title,
                    "process": process,
                    "capability": capability,
                    "severity": "advisory" if name in ADVISORY else "blocker",
                }
                for name, section, title, process, capability in ITEMS
            ],
        }
    )


def run(**changes: object) -> Run:
    """Facts of a postdeploy run against production."""
    facts: dict[str, object] = {
        "run_id": "g7k2m9",
        "stage": "postdeploy",
        "target": TargetFacts(name="Envíos", base_url="https://envios.example"),
        "environment": "production",
        "commit": CommitFacts(expected=COMMIT, live=COMMIT, tree=COMMIT[::-1], confirmed=True),
        "started_at": "2026-11-24T13:05:01Z",
        "finished_at": "2026-11-24T13:05:12Z",
        "duration_s": 11.3,
        "capabilities": {"sync": False},
        "without": {"sync": "SharePoint is out of reach from here"},
    }
    return Run.model_validate(facts | changes)


def passed(name: str, **changes: object) -> CheckResult:
    """A check that passed, with steps."""
    facts: dict[str, object] = {
        "id": name,
        "outcome": Outcome.PASSED,
        "examined": 12,
        "unit": "rows",
        "duration_s": 0.84,
        "steps": (
            Step(title="Open the page from the navigation", started_s=0.02, duration_s=0.21),
            Step(title="Read the table", started_s=0.24, duration_s=0.06),
            Step(title="Compare with the database", started_s=0.31, duration_s=0.5),
        ),
    }
    return CheckResult.model_validate(facts | changes)


def go(folder: Path) -> Verdict:
    """Everything passed, but for one advisory item; one check keeps a picture."""
    picture(folder / "evidence" / "pdf-1.png", 420, 594)
    results = results_passed() | {
        "performance.panels": CheckResult(
            id="performance.panels",
            outcome=Outcome.FAILED,
            cause=Cause.PRODUCT,
            examined=5,
            unit="panels",
            duration_s=3.4,
            expected="each panel within 1.5 s",
            observed="Ingresos took 2.3 s",
            hint="look at its query plan below; an index on envios (fecha) is missing",
            evidence=(
                Evidence(
                    kind="text", title="Query plan", text="Seq Scan on envios  (cost=0.00..412.00 rows=2000)"
                ),
            ),
        ),
        "pdf.pages": passed(
            "pdf.pages",
            unit="pages",
            examined=1,
            evidence=(Evidence(kind="pdf_page", title="Page 1", path="evidence/pdf-1.png"),),
        ),
    }
    remainders = ("shipment ENV-002017 (state Anulado)",)
    return decide(results.values(), checklist(), run(remainders=remainders))


def no_go(folder: Path) -> Verdict:
    """Login is broken: one cause, what stands on it blocked, another failure with findings beside it."""
    picture(folder / "evidence" / "login.png", 1280, 720)
    login = CheckResult(
        id="login.admin",
        outcome=Outcome.FAILED,
        cause=Cause.PRODUCT,
        examined=1,
        unit="sign-in",
        duration_s=2.61,
        expected="the heading 'Panel general' after signing in",
        observed="the sign-in page again, status 500, and the text 'Error interno del servidor'",
        hint="the log below names the exception; this account signed in during the last GO of production",
        steps=(
            Step(title="Open /login", started_s=0.01, duration_s=0.34),
            Step(title="Fill in user and password", started_s=0.36, duration_s=0.12),
            Step(title="Press Entrar", started_s=0.49, duration_s=0.93),
            Step(title="Wait for the heading 'Panel general'", started_s=1.43, duration_s=1.15, ok=False),
        ),
        evidence=(
            Evidence(kind="screenshot", title="The page after 'Entrar'", path="evidence/login.png"),
            Evidence(
                kind="log",
                title="Application log, 13:05:04 to 13:05:06 UTC",
                text='[ERROR] Exception on /login [POST]\n  File "auth.py", line 41, in entrar\n'
                'psycopg.errors.UndefinedColumn: column "ultimo_acceso" does not exist',
            ),
        ),
    )
    findings = tuple(
        Finding(
            id="access.open",
            place=f"GET /{page}",
            expected="a redirect to the sign-in page",
            observed="200 with the page",
            hint="add role_required to the view",
        )
        for page in ("clientes/exportar", "usuarios.json")
    )
    anonymous = passed("access.anonymous").model_copy(
        update={
            "outcome": Outcome.FAILED,
            "cause": Cause.PRODUCT,
            "examined": 31,
            "unit": "routes",
            "expected": "no route answers without signing in",
            "observed": "GET /clientes/exportar: 200 with the page (and 1 more)",
            "findings": findings,
        }
    )
    free = ("deploy.commit", "deploy.boot_logs", "login.wrong_password", "headers.security")
    results = {
        name: passed(name)
        if name in free
        else CheckResult(
            id=name,
            outcome=Outcome.BLOCKED,
            blocked_by="login.admin",
            expected="login.admin passes first",
            observed="login.admin did not pass",
        )
        for name, *_ in ITEMS
    }
    results |= {"login.admin": login, "access.anonymous": anonymous}
    leftovers = ("shipment ENV-002018, field observaciones 'g7k2m9'",)
    return decide(results.values(), checklist(), run(leftovers=leftovers))


def hostile() -> Verdict:
    """Every text that a target can influence tries to steer the page."""
    bad = CheckResult(
        id="login.admin",
        outcome=Outcome.FAILED,
        cause=Cause.PRODUCT,
        examined=1,
        unit=HOSTILE,
        expected=HOSTILE,
        observed=HOSTILE,
        hint=HOSTILE,
        findings=(Finding(id="x.y", place=HOSTILE, expected=HOSTILE, observed=HOSTILE, hint=HOSTILE),),
        steps=(Step(title=HOSTILE, started_s=0, duration_s=1),),
        evidence=(
            Evidence(kind="log", title=HOSTILE, text=HOSTILE),
            Evidence(kind="screenshot", title=HOSTILE, path="../../etc/passwd"),
        ),
    )
    results = results_passed() | {"login.admin": bad}
    texts: Mapping[str, object] = dict.fromkeys(("warnings", "leftovers", "remainders"), (HOSTILE,))
    target = TargetFacts(name=HOSTILE, base_url=f"https://{HOSTILE}")
    return decide(results.values(), checklist(), run(target=target, environment=HOSTILE, **texts))


def results_passed() -> dict[str, CheckResult]:
    """A passed result for every item."""
    return {name: passed(name) for name, *_ in ITEMS}


def picture(path: Path, width: int, height: int) -> None:
    """A PNG that looks like a page with a header and a few lines."""
    rows = bytearray()
    for y in range(height):
        header, line = y < height // 10, (y // 14) % 3 == 1 and y > height // 5
        row = bytearray(b"\xf7\xf8\xfa" * width)
        if header:
            row = bytearray(b"\x23\x3a\x5e" * width)
        elif line:
            row[3 * (width // 8) : 3 * (width // 2)] = b"\xc3\xca\xd3" * (width // 2 - width // 8)
        rows += b"\x00" + row
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(bytes(rows))),
        (b"IEND", b""),
    )
    content = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        for name, body in chunks
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
