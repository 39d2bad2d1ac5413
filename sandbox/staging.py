"""The embedded staging: Postgres, the doubles, the repository and the app, up together and gone together."""

from __future__ import annotations

import datetime as dt
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from sandbox import application
from sandbox.doubles.edge import EdgeBehaviour, EdgeDouble
from sandbox.doubles.graph import GraphBehaviour, GraphDouble, LinkTarget, Registration
from sandbox.doubles.osv import OsvBehaviour, OsvDouble
from sandbox.doubles.render import RenderBehaviour, RenderDouble, ServiceConfig
from sandbox.doubles.render.config import DatabaseConfig, DeploySpec, DiskConfig, EnvGroupConfig
from sandbox.doubles.serving import serve
from sandbox.faults import Fault, changed, environment, merged
from sandbox.output import Output
from sandbox.postgres import execute, grant_reading, postgres
from sandbox.pull_request import github
from sandbox.repository import APP, GATE, Repository, checkout, materialise
from sandbox.vulnerabilities import KNOWN

ROOT = Path(__file__).parent.parent
TENANT = "11111111-1111-4111-8111-111111111111"
SENDER = "envios@envios.example"
INBOX = "qa@envios.example"
SERVICE = "srv-sandbox0000000000000"
DATABASE = "dpg-sandbox0000000000000-a"
DISK = "dsk-sandbox0000000000000"
LINKS = {
    "SHAREPOINT_TARIFAS_URL": "https://envios.sharepoint.com/sites/operaciones/Documentos/tarifas.xlsx",
    "SHAREPOINT_SEGUIMIENTO_URL": "https://envios.sharepoint.com/sites/operaciones/Documentos/seguimiento.xlsx",
}
SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin"
ROLES = ("admin", "operador", "cliente", "bloqueo")


@contextmanager
def staging(
    faults: Sequence[Fault] = (),
    *,
    app: Path = APP,
    with_app: bool = True,
    port: int = 0,
    say: Callable[[str], None] = lambda line: None,
) -> Iterator[dict[str, Any]]:
    """Start everything; yields what a gate needs to know of it (addresses, files, commits), never a password.

    Passwords stand in the two env files that it names, which go with it.
    """
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="gate-sandbox-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        folder.chmod(0o755)  # Postgres runs as a user of its own when the sandbox runs as root
        with ThreadPoolExecutor(3) as pool:
            say("starting Postgres, building the app's environment")
            bin_folder = pool.submit(application.environment, APP, ROOT / ".cache")
            uri = stack.enter_context(postgres(folder / "pg"))
            passwords = {role: secrets.token_urlsafe(12) for role in ROLES}
            graph = _graph(faults)
            graph_url = stack.enter_context(serve(graph))
            env = _app_env(uri, graph, graph_url)
            extra = [schema for fault in faults for schema in fault.schemas]
            seeding = pool.submit(_seed, bin_folder.result(), env, passwords, extra)
            given = environment(faults, env)
            repository = materialise(folder, given, faults, app)
            say("seeding about 2,000 shipments")
            seeding.result()
            reader = grant_reading(uri, env["DB_SCHEMA"], *extra)
            execute(uri, [statement for fault in faults for statement in fault.sql])
        url = None
        deployed = repository.base if any(fault.deployed == "base" for fault in faults) else repository.head
        started = dt.datetime.now(dt.UTC)
        output = Output(folder / "gunicorn.log")
        if with_app:
            say("starting gunicorn app:app")
            checkout(repository, deployed, folder / "deployed")
            run_env = {
                **given,
                "RENDER_GIT_COMMIT": deployed,
                "PATH": f"{bin_folder.result()}:{SYSTEM_PATH}",
                "HOME": str(folder / "home"),
                "LANG": "C.UTF-8",
            }
            (folder / "home").mkdir()
            port = application.free_port(port)
            url = stack.enter_context(
                application.serving(bin_folder.result(), folder / "deployed", run_env, output, port)
            )
            url = stack.enter_context(_edge(faults, url, repository.base))
        render = _render(faults, repository, given, started, output, url)
        render_url = stack.enter_context(serve(render))
        hub, token = github(faults, repository)
        hub_env = {"GATE_GITHUB_TOKEN": token, "GATE_GITHUB_URL": stack.enter_context(serve(hub))}
        osv = OsvDouble(KNOWN, OsvBehaviour(**merged(faults, "osv")))
        osv_env = {"GATE_OSV_URL": stack.enter_context(serve(osv))}
        imap_env: Mapping[str, str] = {}
        target = ROOT / "sandbox" / "target.toml"
        if any(fault.imap for fault in faults):
            from sandbox.mail import over_imap, target_over_imap  # a mail server takes a while to import

            target = target_over_imap(target, folder)
            imap_env = stack.enter_context(over_imap(faults, graph, INBOX))
        say(f"ready in {time.monotonic() - began:.1f} s")
        yield {
            "base_url": url,
            "target": str(target),
            "checklist": str(repository.path / GATE / "checklist.toml"),
            "app_dir": str(repository.path),
            "base_ref": "main",
            "release_notes": str(repository.notes),
            "commit": repository.head,
            "gate_env_file": str(
                _gate_env(
                    folder,
                    passwords,
                    graph,
                    graph_url,
                    render_url,
                    reader,
                    {**hub_env, **osv_env, **imap_env},
                )
            ),
            "render_url": render_url,
            "graph_url": graph_url,
            "log": str(output.file),
        }


@contextmanager
def _edge(faults: Sequence[Fault], app_url: str, before: str) -> Iterator[str]:
    """The address at which the app is reached: its own, unless a fault puts something in the way."""
    behaviour = EdgeBehaviour(**merged(faults, "edge"))
    if behaviour == EdgeBehaviour():
        yield app_url
    elif behaviour.refuses:
        yield f"http://127.0.0.1:{application.free_port()}"
    else:
        with serve(EdgeDouble(app_url, before, behaviour)) as url:
            yield url


def _graph(faults: Sequence[Fault]) -> GraphDouble:
    app = Registration(
        "22222222-2222-4222-8222-222222222222",
        "sandbox-only-" + secrets.token_urlsafe(24),
        frozenset({"Mail.Send", "Mail.ReadBasic.All", "Files.Read.All", "Sites.Read.All"}),
    )
    gate = Registration(
        "33333333-3333-4333-8333-333333333333",
        "sandbox-only-" + secrets.token_urlsafe(24),
        frozenset({"Mail.ReadWrite"}),
        frozenset({INBOX, SENDER}),
    )
    links: dict[str, LinkTarget] = {
        link: (APP / "docs" / "ejemplos" / Path(link).name).read_bytes() for link in LINKS.values()
    }
    for variable, status in merged(faults, "links").items():
        links[LINKS[variable]] = status
    for variable, text in merged(faults, "files").items():
        links[LINKS[variable]] = text.encode()
    return GraphDouble(
        tenant=TENANT,
        registrations=[app, gate],
        mailboxes=[SENDER, INBOX],
        links=links,
        behaviour=GraphBehaviour(**{"delivery_delay": 1.5, **merged(faults, "graph")}),
    )


@contextmanager
def graph_alone() -> Iterator[dict[str, str]]:
    """A healthy double of Graph and SharePoint; yields the app's variables that lead to it."""
    graph = _graph(())
    with serve(graph) as url:
        yield _graph_env(graph, url)


def _app_env(uri: str, graph: GraphDouble, graph_url: str) -> dict[str, str]:
    return {
        "DATABASE_URL": uri,
        "DB_SCHEMA": "envios",
        "FLASK_SECRET_KEY": secrets.token_hex(32),
        **_graph_env(graph, graph_url),
    }


def _graph_env(graph: GraphDouble, graph_url: str) -> dict[str, str]:
    app = graph.state.registrations[0]
    return {
        "GRAPH_TENANT_ID": TENANT,
        "GRAPH_CLIENT_ID": app.client_id,
        "GRAPH_CLIENT_SECRET": app.client_secret,
        "GRAPH_SENDER": SENDER,
        "GRAPH_LOGIN_URL": graph_url,
        "GRAPH_BASE_URL": f"{graph_url}/v1.0",
        **LINKS,
    }


def _seed(
    bin_folder: Path, env: dict[str, str], passwords: dict[str, str], extra: Sequence[str] = ()
) -> None:
    asked = {f"SEED_{role.upper()}_PASSWORD": password for role, password in passwords.items()}
    for schema in (env["DB_SCHEMA"], *extra):
        wanted = {"DATABASE_URL": env["DATABASE_URL"], "DB_SCHEMA": schema}
        application.seed(
            bin_folder, APP, {**wanted, **asked, "PATH": SYSTEM_PATH, "PYTHONDONTWRITEBYTECODE": "1"}
        )


def _render(
    faults: Sequence[Fault],
    repository: Repository,
    env: dict[str, str],
    started: dt.datetime,
    output: Output,
    url: str | None,
) -> RenderDouble:
    account = merged(faults, "account")
    held = {**env, "PYTHON_VERSION": application.PYTHON_VERSION, "WEB_CONCURRENCY": "2"}
    service = ServiceConfig(
        id=SERVICE,
        name="envios",
        **{
            "repo": "https://github.com/envios-example/envios",
            "health_check_path": "/healthz",
            "pre_deploy_command": "python migrar.py",
            **account.get("service", {}),
        },
        url=url or "",
        env_vars=changed(held, account.get("variables", {})),
    )
    database = DatabaseConfig(
        DATABASE, "envios-db", plan="basic_256mb", exports=(started - dt.timedelta(hours=5),)
    )
    groups = [
        EnvGroupConfig(f"evg-sandbox{number:013d}", name, values, (SERVICE,))
        for number, (name, values) in enumerate(account.get("groups", {}).items())
    ]
    disks = [
        DiskConfig(DISK, "adjuntos", SERVICE, snapshots=(started - dt.timedelta(hours=hours),))
        for hours in [account.get("snapshot_h")]
        if hours
    ]
    earlier: DeploySpec = {
        "commit": repository.base,
        "status": "deactivated",
        "created_at": started - dt.timedelta(days=3),
    }
    current: DeploySpec = {"commit": repository.head, "status": "live", "created_at": started}
    current.update(cast(DeploySpec, merged(faults, "deploy")))  # a fault file names its own keys
    if current["status"] != "live":
        earlier["status"] = "live"
    earlier.update(account.get("earlier", {}))
    deploys = [earlier, current]
    if newer := merged(faults, "newer"):
        after = {"commit": repository.base, "created_at": started + dt.timedelta(seconds=1)}
        deploys.append(cast(DeploySpec, {**after, **newer}))
    return RenderDouble(
        api_key="rnd_sandbox",
        services=[service],
        deploys={SERVICE: deploys},
        databases=[replace(database, **account.get("database", {}))],
        disks=disks,
        env_groups=groups,
        logs=output,
        behaviour=RenderBehaviour(**merged(faults, "render")),
    )


def _gate_env(
    folder: Path,
    passwords: dict[str, str],
    graph: GraphDouble,
    graph_url: str,
    render_url: str,
    reader: str,
    more: dict[str, str],
) -> Path:
    gate = graph.state.registrations[1]
    lines = {
        "GATE_ADMIN_USER": "admin@envios.example",
        "GATE_ADMIN_PASSWORD": passwords["admin"],
        "GATE_OPERADOR_USER": "operador@envios.example",
        "GATE_OPERADOR_PASSWORD": passwords["operador"],
        "GATE_CLIENTE_USER": "cliente@envios.example",
        "GATE_CLIENTE_PASSWORD": passwords["cliente"],
        "GATE_NEGATIVE_USER": "bloqueo@envios.example",
        "GATE_NEGATIVE_PASSWORD": passwords["bloqueo"],
        "GATE_DATABASE_URL": reader,
        "GATE_RENDER_KEY": "rnd_sandbox",
        "GATE_RENDER_URL": f"{render_url}/v1",
        "GATE_GRAPH_TENANT_ID": TENANT,
        "GATE_GRAPH_CLIENT_ID": gate.client_id,
        "GATE_GRAPH_CLIENT_SECRET": gate.client_secret,
        "GATE_GRAPH_LOGIN_URL": graph_url,
        "GATE_GRAPH_BASE_URL": f"{graph_url}/v1.0",
        **more,
    }
    path = folder / "gate.env"
    path.touch(mode=0o600)
    path.write_text("".join(f"{name}={value}\n" for name, value in lines.items()), encoding="utf-8")
    return path
