"""What stands in a visitor's way is named, or dealt with as a person would: told by real requests and pages."""

import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from pydantic import SecretStr

from gate.browser.context import context_options
from gate.browser.launch import launched
from gate.browser.login import sign_in
from gate.browser.visitor import Visitor
from gate.doctor import run as doctor
from gate.recorder import Check
from gate.redact import Scrubber
from gate.results import CheckStopped, CouldNotTell, Failed
from gate.services.reach import reach
from gate.settings import Account
from gate.target import Locator, Target

ROOT = Path(__file__).parent.parent
FORM = "<form method=post>User <input name=u> <input name=p type=password><button>Enter</button></form>"
BANNER = "<div id=cookies style='position:fixed;inset:0;background:#eee'><button onclick='cookies.remove()'>"
PAGES = {
    "/login": FORM,
    "/captcha": f"{FORM}<div class='g-recaptcha'></div>",
    "/expired": "<h1>Your password has expired</h1><input type=password name=new><input type=password name=again>",
    "/closed": "<h1>Sitio en mantenimiento</h1><p>Volvemos pronto.",
    "/frontdesk": FORM,
    "/renew": f"<p role=alert>Your password has expired.</p>{FORM}",
    "/frontdoor": "<script>location = '/oauth2/authorize'</script>",
    "/saml/sign-in": FORM,
    "/banner": f"<a href='/next'>Next</a>{BANNER}Accept</button></div>",
    "/tab": "<a href='/next' target='_blank' rel='noopener'>Next</a>",
    "/next": "<h1>Arrived</h1>",
}


class Handler(http.server.BaseHTTPRequestHandler):
    server: "Server"

    def do_GET(self) -> None:
        if self.path == "/loop":
            self._send(302, "", Location="/loop")
        elif self.path == "/maintenance":
            self._send(503, "<h1>Sitio en mantenimiento</h1>")
        elif self.path == "/basic":
            self._send(401, "", **{"WWW-Authenticate": 'Basic realm="staging"'})
        elif self.path in ("/sso", "/oauth2/authorize"):  # the same server by another name is another host
            self._send(302, "", Location=f"http://localhost:{self.server.server_port}/saml/sign-in")
        elif self.path == "/cold":
            self.server.started.wait()
            self._send(200, FORM)
        elif self.path == "/waking":
            self.server.asked += 1
            self._send(200, "<title>Service waking up</title>" if self.server.asked < 3 else FORM)
        else:
            self._send(200 if self.path in PAGES else 404, PAGES.get(self.path, ""))

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._send(302, "", Location="/renew" if self.path == "/frontdesk" else "/expired")

    def _send(self, status: int, body: str, **headers: str) -> None:
        content = f"<!doctype html>{body}".encode()
        self.send_response(status)
        for name, value in {
            "Content-Type": "text/html",
            "Content-Length": str(len(content)),
            **headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


class Server(http.server.ThreadingHTTPServer):
    """`started` lets a cold app answer; `asked` counts what one that is waking up was asked."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.started, self.asked = threading.Event(), 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who was not trusted hangs up: nothing to tell."""


@contextmanager
def serving(server: Server) -> Iterator[str]:
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.started.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def app(server: Server) -> Iterator[str]:
    with serving(server) as url:
        yield url


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The same app over https with a certificate that nobody vouches for."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl here to make a certificate with")
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = str(folder / "key.pem"), str(folder / "certificate.pem")
    subprocess.run(
        [
            *(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "1",
                "-subj",
                "/CN=localhost",
            ),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    server = Server()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    with serving(server) as url:
        yield url.replace("http://", "https://")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with launched() as one:
        yield one


def _described(path: str = "/login", dismiss: str | None = None) -> dict[str, Any]:
    return {
        "schema": 1,
        "name": "x",
        "login": {
            "path": path,
            "user": {"name": "u"},
            "password": {"name": "p"},
            "submit": "Enter",
            "proof": {"heading": "In"},
        },
        "guard": {"dismiss": dismiss} if dismiss else {},
        "without": dict.fromkeys(("panels", "shipment", "pdf", "mail", "sync"), "a page alone"),
    }


def _target(path: str = "/login", dismiss: str | None = None) -> Target:
    return Target.model_validate(_described(path, dismiss))


def _visitor(browser: Browser, app: str, target: Target, folder: Path) -> Visitor:
    context = browser.new_context(**context_options(app, "test", browser.version))
    return Visitor(context, app, target, Check("x", folder, Scrubber([])))


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/captcha", "captcha"),
        ("/login", "new password"),
        ("/frontdesk", "new password"),
        ("/closed", "maintenance"),
        ("/frontdoor", "single sign-on"),
    ],
)
def test_a_sign_in_that_cannot_be_passed(
    browser: Browser, app: str, tmp_path: Path, path: str, word: str
) -> None:
    target = _target(path)
    with pytest.raises(CouldNotTell) as told:
        sign_in(
            _visitor(browser, app, target, tmp_path),
            target.login,
            Account("admin", "a", SecretStr("made-up")),
        )
    assert word in told.value.observed


def test_a_banner_is_named(browser: Browser, app: str, tmp_path: Path) -> None:
    visitor = _visitor(browser, app, _target(), tmp_path)
    visitor.context.set_default_timeout(700)
    visitor.visit("/banner")
    with pytest.raises(Failed) as told:
        visitor.click(Locator(text="Next"))
    assert "it is covered by <" in told.value.observed
    assert "guard.dismiss" in told.value.hint


def test_a_banner_is_closed_once_it_is_described(browser: Browser, app: str, tmp_path: Path) -> None:
    visitor = _visitor(browser, app, _target(dismiss="Accept"), tmp_path)
    visitor.visit("/banner")
    visitor.click(Locator(text="Next"))
    assert visitor.text() == "Arrived"


def test_a_new_tab_is_followed(browser: Browser, app: str, tmp_path: Path) -> None:
    visitor = _visitor(browser, app, _target(), tmp_path)
    visitor.visit("/tab")
    visitor.click(Locator(text="Next"))
    assert visitor.text() == "Arrived"


def test_an_endless_redirect_is_the_app_s_fault(browser: Browser, app: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match="REDIRECTS"):
        _visitor(browser, app, _target(), tmp_path).visit("/loop")


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("/loop", "without end"),
        ("/maintenance", "maintenance"),
        ("/basic", "Basic"),
        ("/captcha", "captcha"),
        ("/sso", "single sign-on"),
    ],
)
def test_the_first_request_names_it(app: str, path: str, word: str) -> None:
    with pytest.raises(CheckStopped) as told:
        reach(app, path, "test", settle_s=0)
    assert word in told.value.observed


def test_a_certificate_that_nobody_vouches_for(browser: Browser, self_signed: str, tmp_path: Path) -> None:
    with pytest.raises(CouldNotTell, match=r"certificate of 127\.0\.0\.1.* is not trusted"):
        reach(self_signed, "/login", "test")
    with pytest.raises(CouldNotTell, match="ERR_CERT_AUTHORITY_INVALID") as told:
        _visitor(browser, self_signed, _target(), tmp_path).visit("/login")
    assert "SSL_CERT_FILE" in told.value.hint


def test_a_cold_start_is_named_or_waited_for(server: Server, app: str) -> None:
    with pytest.raises(CouldNotTell, match="no answer within") as told:
        reach(app, "/cold", "test", 0.2)
    assert "wakes_within_s" in told.value.hint
    threading.Timer(0.2, server.started.set).start()
    assert reach(app, "/cold", "test", 60)["status"] == 200


def test_a_host_s_waiting_page_is_waited_out(server: Server, app: str) -> None:
    assert reach(app, "/waking", "test", 60)["troubles"] == ["the host's waiting page"] * 2
    assert server.asked == 3


TOML = """
schema = 1
name = "x"
[environments.here]
urls = ["http://127.0.0.1:*"]
[login]
path = "{path}"
user = {{ name = "u" }}
password = {{ name = "p" }}
submit = "Enter"
proof = {{ heading = "In" }}
[without]
panels = "none"
shipment = "none"
pdf = "none"
mail = "none"
"""


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    file = tmp_path / "env"
    file.write_text(
        "".join(f"GATE_{who}_USER=a\nGATE_{who}_PASSWORD=made-up\n" for who in ("ADMIN", "NEGATIVE"))
    )
    return file


@pytest.mark.parametrize(
    ("path", "key", "word"),
    [
        ("/basic", "the app", "HTTP authentication"),
        ("/sso", "the app", "single sign-on"),
        ("/login", "login.proof", "new password"),
        ("/frontdoor", "login", "single sign-on"),
    ],
)
def test_the_doctor_names_it(
    app: str,
    tmp_path: Path,
    env_file: Path,
    capsys: pytest.CaptureFixture[str],
    path: str,
    key: str,
    word: str,
) -> None:
    file = tmp_path / "target.toml"
    file.write_text(TOML.format(path=path))
    with ThreadPoolExecutor() as apart:  # the browser of this module holds this thread's event loop
        examined = apart.submit(
            doctor,
            ROOT,
            base_url=app,
            target=file,
            env_file=env_file,
            report_dir=tmp_path,
            say=lambda _: None,
        )
    assert examined.result() == 4
    said = capsys.readouterr().out
    assert key in said
    assert word in said
    assert "remedy:" in said


def test_a_run_tells_it_in_its_first_line(app: str, tmp_path: Path, env_file: Path) -> None:
    file = tmp_path / "target.toml"
    file.write_text(TOML.format(path="/sso"))
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "smoke", "-m", "smoke", "--base-url", app),
            *(f"--target={file}", f"--report-dir={tmp_path}"),
        ],
        cwd=ROOT,
        env={**os.environ, "GATE_ENV_FILE": str(env_file)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "INCONCLUSIVE smoke" in done.stdout
    assert "single sign-on" in done.stdout
