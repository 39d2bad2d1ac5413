"""The doctor names each wrong thing with file, key, reason and remedy, and writes nothing."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from gate.doctor import run as doctor
from gate.doctor.trouble import from_sentence
from sandbox.example import ROOT, Served, serve


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serve("pages/iframe") as one:
        yield one


def _examined(served: Served, target: Path, tmp_path: Path) -> int:
    return doctor(
        ROOT,
        base_url=served.base_url,
        target=target,
        env_file=served.gate_env_file,
        report_dir=tmp_path,
        say=lambda line: None,
    )


def test_all_is_well(served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _examined(served, served.target, tmp_path) == 0
    assert "all well" in capsys.readouterr().out
    assert re.findall(r'"(?:POST|PUT|PATCH|DELETE) (\S+)', served.log.read_text()) == ["/login"]


def test_wrong_places_are_named_with_the_nearest_ones(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = served.target.read_text(encoding="utf-8")
    wrong = text.replace('open = ["Tiempos"]', 'open = ["Tiempo"]').replace("Informes del mes", "Informes")
    target = tmp_path / "target.toml"
    target.write_text(wrong.replace('open = ["Tiempo"]', 'open = ["Cronología"]'), encoding="utf-8")
    assert _examined(served, target, tmp_path) == 4
    said = capsys.readouterr().out
    assert "target.toml: panels.tiempos.open[0]" in said
    assert "'Cronología'" in said
    assert "'Tiempos'" in said
    assert "target.toml: panels.informes" in said
    assert "'Informes del mes'" in said
    assert said.count("remedy:") >= 2
    assert len(list(tmp_path.glob("doctor/*/*.jpg"))) == 2


def test_a_wrong_password_is_told_as_the_app_tells_it(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    env = tmp_path / "env"
    shutil.copy(served.gate_env_file, env)
    env.write_text(re.sub(r"ADMIN_PASSWORD=.*", "ADMIN_PASSWORD=stale", env.read_text()))
    code = doctor(
        ROOT,
        base_url=served.base_url,
        target=served.target,
        env_file=env,
        report_dir=tmp_path,
        say=lambda _: None,
    )
    said = capsys.readouterr().out
    assert code == 4
    assert "login.proof" in said
    assert "No se pudo ingresar" in said


def test_files_and_variables_without_an_app(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "target.toml"
    target.write_text(served.target.read_text(encoding="utf-8").replace("[login]", "[login]\nusr = 'x'"))
    assert doctor(ROOT, target=target, env_file=served.gate_env_file, report_dir=tmp_path) == 4
    assert "login.usr" in capsys.readouterr().out
    target.write_text(served.target.read_text(encoding="utf-8"))
    env = tmp_path / "env"
    env.write_text("GATE_ADMIN_USER=admin\n")
    assert doctor(ROOT, target=target, env_file=env, report_dir=tmp_path) == 4
    said = capsys.readouterr().out
    assert "GATE_BROWSER" not in said
    assert "GATE_ADMIN_PASSWORD" in said
    assert "GATE_NEGATIVE_USER" in said
    assert "GATE_ADMIN_USER\n" not in said
    env.write_text("GATE_BROWSER=/no/such/browser\n")
    assert doctor(ROOT, target=target, env_file=env, report_dir=tmp_path) == 4
    assert "GATE_BROWSER names '/no/such/browser'" in capsys.readouterr().out


def test_an_app_that_does_not_answer(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = doctor(
        ROOT,
        base_url="http://127.0.0.1:9",
        target=served.target,
        env_file=served.gate_env_file,
        report_dir=tmp_path,
        say=lambda _: None,
    )
    assert code == 4
    assert "the app: http://127.0.0.1:9" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("sentence", "key", "reason", "remedy"),
    [
        (
            "/a/target.toml: login.usr: unknown key; did you mean 'user'?",
            "login.usr",
            "unknown key",
            "did you mean 'user'?",
        ),
        ("/a/target.toml: not found; name it", "the file", "not found", "name it"),
        (
            "/a/.env: line 3 is not NAME=value; mend or remove it",
            "the file",
            "line 3 is not NAME=value",
            "mend or remove it",
        ),
    ],
)
def test_sentences(sentence: str, key: str, reason: str, remedy: str) -> None:
    trouble = from_sentence(sentence)
    assert (trouble.key, trouble.reason, trouble.remedy) == (key, reason, remedy)


def test_an_address_with_a_password_is_neither_opened_nor_repeated(
    served: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = served.base_url.replace("://", "://:not-real@")
    found = doctor(
        ROOT, base_url=url, target=served.target, env_file=served.gate_env_file, report_dir=tmp_path
    )
    said = capsys.readouterr().out
    assert found == 4
    assert "holds more than an address" in said
    assert "not-real" not in said
