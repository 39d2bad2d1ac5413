"""gate.repo.audit: pip-audit itself, against the OSV double; what it is asked for and what it inherits."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from gate.repo import audit
from gate.repo.audit import Audit, Service, from_the_index
from gate.repo.environment import CleanEnvironment
from gate.repo.processes import Started
from gate.repo.requirements import read_requirements
from gate.repo.vulnerabilities import Audited, NoReport, Vulnerability
from gate.services.http import AddressRefused
from sandbox.doubles import serve
from sandbox.doubles.osv import Known, OsvBehaviour, OsvDouble

DEMO = Known("GHSA-demo-demo-demo", "demo", "A demonstration", fixed="2.0", aliases=("CVE-2000-0001",))
FOUND = Vulnerability("demo", "1.0", "CVE-2000-0001", ("GHSA-demo-demo-demo",), ("2.0",))


def test_what_comes_from_elsewhere_is_named_without_its_address(tmp_path: Path) -> None:
    packages = tmp_path / "environment" / "lib" / "python3.11" / "site-packages"
    for name, origin in {
        "from_git": {"url": "https://user:word@git.example/a.git", "vcs_info": {"vcs": "git"}},
        "from_folder": {"url": "file:///x", "dir_info": {"editable": True}},
        "from_file": {"url": "https://files.example/a.whl", "archive_info": {}},
        "broken": None,
    }.items():
        (packages / f"{name}-1.0.dist-info").mkdir(parents=True)
        told = json.dumps(origin) if origin else "{"
        (packages / f"{name}-1.0.dist-info" / "direct_url.json").write_text(told)
    (tmp_path / "requirements.txt").write_text("flask==3.1.3\nsetuptools==80.0\n")
    installed = ("broken==1.0", "flask==3.1.3", "from_file==1.0", "from_folder==1.0", "from_git==1.0")
    environment = CleanEnvironment(
        tmp_path / "environment", "3.11.9", "", "pip", (*installed, "pip==24.0", "setuptools==80.0")
    )
    asked, elsewhere = from_the_index(environment, read_requirements(tmp_path, "requirements.txt"))
    # pip came with the environment and no line asks for it; setuptools has a line.
    assert asked == ("flask==3.1.3", "setuptools==80.0")
    assert elsewhere == {
        "from-git": "installed from a version control system",
        "from-folder": "installed from a folder",
        "from-file": "installed from a file",
        "broken": "installed from a file",
    }


@pytest.mark.parametrize(
    ("lines", "named"),
    [(".", False), ("-e .[web]", False), ("./", False), ("./vendor/tool", True), (".\n./vendor/tool", True)],
)
def test_the_app_itself_is_not_looked_up(tmp_path: Path, lines: str, named: bool) -> None:
    """It is what the release is about; a package that was copied into it may be known to have a weakness."""
    info = tmp_path / "environment" / "lib" / "python3.11" / "site-packages" / "shop-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "direct_url.json").write_text('{"url": "file:///x", "dir_info": {}}')
    (tmp_path / "requirements.txt").write_text(f"{lines}\n")
    environment = CleanEnvironment(
        tmp_path / "environment", "3.11.9", "", "uv", ("flask==3.1.3", "shop==1.0")
    )
    asked, elsewhere = from_the_index(environment, read_requirements(tmp_path, "requirements.txt"))
    assert (asked, "shop" in elsewhere) == (("flask==3.1.3",), named)


def _audit(folder: Path, url: str, *packages: str, timeout_s: float = 60) -> Audit:
    return Audit(packages, Service("osv", url), folder / "audit", folder / "cache", timeout_s)


def test_pip_audit_asks_for_each_package_and_finds_what_is_known(tmp_path: Path) -> None:
    double = OsvDouble([DEMO])
    with serve(double) as url:
        asked = _audit(tmp_path, url, "demo==1.0", "other==3", "odd==unknown")
        found = asked.end()
    assert found == Audited(("demo==1.0", "other==3"), (FOUND,), {"odd": "'unknown' is no version"})
    assert [(one.path, one.body["package"]["name"]) for one in double.requests] == [
        ("/v1/query", "demo"),
        ("/v1/query", "other"),
    ]


def test_pip_audit_finds_nothing_where_nothing_is_known(tmp_path: Path) -> None:
    with serve(OsvDouble([DEMO])) as url:
        assert _audit(tmp_path, url, "demo==2.0").end() == Audited(("demo==2.0",), (), {})


@pytest.mark.parametrize(
    ("known", "behaviour", "said"),
    [
        (DEMO, OsvBehaviour(unavailable=True), "it answered 503 Server Error: Service Unavailable"),
        (DEMO, OsvBehaviour(garbled=True), "its answer is no JSON"),
        (
            Known("X-1", "demo", "Of another time", more={"schema_version": "2.0.0"}),
            OsvBehaviour(),
            "an answer was not understood: Unsupported OSV schema version: 2.0.0",
        ),
    ],
)
def test_a_service_in_trouble_is_no_clean_bill(
    tmp_path: Path, known: Known, behaviour: OsvBehaviour, said: str
) -> None:
    with serve(OsvDouble([known], behaviour)) as url:
        asked = _audit(tmp_path, url, "demo==1.0")
        with pytest.raises(NoReport) as none:
            asked.end()
    assert (str(none.value), none.value.service) == (said, True)
    assert asked.output


def test_a_service_that_does_not_listen_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoReport, match="it could not be reached") as none:
        _audit(tmp_path, "http://127.0.0.1:9", "demo==1.0").end()
    assert none.value.service


def test_what_takes_too_long_is_killed_at_the_bound(tmp_path: Path) -> None:
    with serve(OsvDouble([DEMO], OsvBehaviour(slow=60))) as url:
        asked = _audit(tmp_path, url, "demo==1.0", timeout_s=0.5)
        with pytest.raises(NoReport, match="not come to its end in time"):
            asked.end()


@pytest.mark.parametrize("url", ["http://osv.example", "osv.example", "ftp://osv.example"])
def test_it_is_asked_over_https_only(tmp_path: Path, url: str) -> None:
    with pytest.raises(AddressRefused):
        _audit(tmp_path, url, "demo==1.0")


def test_without_pip_audit_it_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(NoReport, match="pip-audit is not installed") as none:
        _audit(tmp_path, "http://127.0.0.1:9", "demo==1.0")
    assert not none.value.service


@pytest.mark.parametrize(
    ("service", "options"),
    [
        (Service("pypi"), ["--vulnerability-service", "pypi"]),
        (Service("pypi", "https://osv.example"), ["--vulnerability-service", "pypi"]),
        (Service("osv"), ["--vulnerability-service", "osv"]),
        (
            Service("osv", "https://osv.example/"),
            ["--vulnerability-service", "osv", "--osv-url", "https://osv.example/v1/query"],
        ),
    ],
)
def test_the_address_goes_with_osv_alone(service: Service, options: list[str]) -> None:
    assert service.options == options


@pytest.mark.parametrize(
    ("service", "kept"),
    [
        (Service("osv", "http://127.0.0.1:9"), {}),
        (Service("pypi"), {"HTTPS_PROXY": "http://p.example", "REQUESTS_CA_BUNDLE": "/etc/ca.pem"}),
    ],
)
def test_it_inherits_the_way_out_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, service: Service, kept: dict[str, str]
) -> None:
    given: dict[str, str] = {}

    class Noted(Started):
        def __init__(self, command: Any, cwd: Any, environment: Any, timeout_s: float) -> None:
            given.update(environment)
            super().__init__([sys.executable, "-c", ""], cwd, {}, timeout_s)

    monkeypatch.setattr(audit, "Started", Noted)
    environ = {
        "HTTPS_PROXY": "http://p.example",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "GATE_RENDER_KEY": "x",
        "PIP_INDEX_URL": "x",
        "PIP_AUDIT_FORMAT": "columns",
        "DATABASE_URL": "x",
        "PATH": "/own/bin",
    }
    asked = Audit(("demo==1.0",), service, tmp_path / "audit", tmp_path, environ=environ)
    asked.stop()
    base = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path / "audit"), "LANG": "C.UTF-8"}
    assert given == {**base, **kept}
