"""Doctor and discover on an app with two fields of one label, an entry that opens a tab, and roles that see less."""

import threading
import tomllib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from gate.discover import run as discover
from gate.doctor import run as doctor
from tests.conftest import ROOT

LOGIN = """<form method=post action=/login><label>User <input name=u></label>
<label>Password <input name=p type=password></label><button>Enter</button></form>"""
CLERK = "<nav><a href=/>Start</a> <a href=/stock target=_blank>Stock</a>"
ADMIN = f"{CLERK} <a href=/people>People</a> <a href=/run>Run import</a>"
PAGES = {
    "/": "<h1>Desk</h1>",
    "/stock": "<h1>In stock</h1><table><tr><td>Crates<td>3</table>",
    "/people": "<h1>Who works here</h1><table><tr><td>Ana<td>clerk</table>"
    "<a href=/people/new>New person</a> <a href=/people/1/delete>Delete</a>",
    "/people/new": "<h1>New person</h1><form method=post><label>Name <input name=a></label>"
    "<label>Name <input name=b></label><label>Notes <textarea name=c></textarea></label><button>Save</button></form>",
}


class App(BaseHTTPRequestHandler):
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"GET {self.path}")
        who = self.headers.get("Cookie", "").partition("who=")[2]
        if not who:
            return self._send(LOGIN)
        body = PAGES.get(self.path.partition("?")[0], "")
        return self._send(f"{ADMIN if who == 'boss' else CLERK}</nav><main>{body}</main>")

    def do_POST(self) -> None:
        self.asked.append(f"POST {self.path}")
        said = parse_qs(self.rfile.read(int(self.headers.get("Content-Length", 0))).decode())
        if said.get("p") != ["made-up"]:
            return self._send(f"<p role=alert>Wrong user or password</p>{LOGIN}")
        self.send_response(302)
        self.send_header("Set-Cookie", f"who={said['u'][0]}; Path=/")
        self.send_header("Location", "/")
        self.send_header("Content-Length", "0")
        return self.end_headers()

    def _send(self, body: str) -> None:
        content = f"<!doctype html><html lang=en><title>Desk</title>{body}".encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Nothing on the terminal."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    App.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), App) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_what_is_awkward_is_told(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env, file = tmp_path / "env", tmp_path / "target.toml"
    users = {"ADMIN": "boss", "CLERK": "ana", "NEGATIVE": "lock"}
    env.write_text(
        "".join(f"GATE_{role}_USER={user}\nGATE_{role}_PASSWORD=made-up\n" for role, user in users.items())
    )
    assert discover(url, file, env_file=env, say=lambda _: None) == 0
    found = file.read_text(encoding="utf-8")
    described = tomllib.loads(found)
    assert "# ? it opens in a new tab" in found
    assert [panel["heading"] for panel in described["panels"] if panel["open"] == ["Stock"]] == ["In stock"]
    assert "clerk does not see: People, Run import" in found
    assert described["roles"]["clerk"] == "GATE_CLERK"
    # A label that two fields carry is told apart by its rank.
    places = [one.get("at") or one["label"] for one in described["shipment"]["fields"].values()]
    assert places[:2] == ["Name", {"label": "Name", "nth": 1}]
    file.write_text(found.replace('at = { label = "Name", nth = 1 }, ', 'label = "Name", '))
    doctor(ROOT, base_url=url, target=file, env_file=env, report_dir=tmp_path, say=lambda _: None)
    assert "2 fields are labelled 'Name'; the first one is taken" in capsys.readouterr().out
    # Nothing was sent but sign-ins, and nothing followed that could write.
    assert {line for line in App.asked if line.startswith("POST")} == {"POST /login"}
    assert not [line for line in App.asked if "delete" in line or "/run" in line]
