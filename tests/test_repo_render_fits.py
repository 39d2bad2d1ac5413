"""gate.repo.render_fits: commands of Render against the files of a commit, a port and the routes of an app."""

import pytest

from gate.repo.render_fits import listens_to_itself, missing_files, unanswered

FILES = ("requirements.txt", "reqs/base.txt", "migrate.py", "build.sh", "app.py")


@pytest.mark.parametrize(
    ("build", "before", "named"),
    [
        ("pip install -r requirements.txt", "python migrate.py", ""),
        ("pip install --upgrade pip && pip install -r ./reqs/base.txt -c requirements.txt", "", ""),
        ("./build.sh", "bash build.sh", ""),
        ("uv pip install -r requirements.txt", "python -m flask db upgrade", ""),
        ("poetry export -o out.txt && pip install -r out.txt", "", ""),
        ("cd web && pip install -r other.txt", "", ""),
        ("pip install -r https://files.example/r.txt -r $FILE", "python /opt/x.py", ""),
        ("pip install -r requirments.txt", "", "build command: the commit has requirments.txt"),
        ("pip install --requirement=reqs/prod.txt", "", "build command: the commit has reqs/prod.txt"),
        ("python -m pip install -rbase.txt", "", "build command: the commit has base.txt"),
        (
            "pip install -r requirements.txt",
            "python migrar.py --all",
            "pre-deploy command: the commit has migrar.py",
        ),
        ("./bild.sh", "", "build command: the commit has ./bild.sh"),
    ],
)
def test_a_file_that_a_command_names_is_in_the_commit(build: str, before: str, named: str) -> None:
    found = missing_files((("build command", build), ("pre-deploy command", before)), FILES)
    assert [f"{one.place}: {one.expected}" for one in found] == ([named] if named else [])


@pytest.mark.parametrize(
    ("command", "itself"),
    [
        ("gunicorn app:app", False),
        ("gunicorn --bind 0.0.0.0:$PORT app:app", False),
        ("gunicorn -b 127.0.0.1:9000 -b 0.0.0.0:$PORT app:app", False),
        ("gunicorn -b :$PORT app:app", False),
        ("flask --app app run --host=0.0.0.0 --port $PORT", False),
        ("FLASK_RUN_HOST=0.0.0.0 flask run", False),
        ("python migrate.py && uvicorn app:app --host 0.0.0.0 --port 10000", False),
        ("python app.py", False),
        ("", False),
        ("gunicorn --bind 127.0.0.1:5000 app:app", True),
        ("gunicorn -b localhost:$PORT app:app", True),
        ("gunicorn -b127.0.0.1 app:app", True),
        ("gunicorn --bind=unix:/tmp/app.sock app:app", True),
        ("flask --app app run --port $PORT", True),
        ("python -m flask run -h 127.0.0.1", True),
        ("uvicorn app:app --port 10000", True),
    ],
)
def test_a_start_command_listens_where_render_looks(command: str, itself: bool) -> None:
    assert bool(listens_to_itself(command, ())) == itself
    assert not listens_to_itself("flask run", ("FLASK_RUN_HOST",))


@pytest.mark.parametrize(
    ("path", "code", "answered"),
    [
        ("", b"", True),
        ("/", b"", True),
        ("/healthz", b"", True),
        ("/healthz/?full=1", b"", True),
        ("/status/web", b"", True),
        ("/health", b"if request.path == '/health': return 'ok'", True),
        ("/api/health", b"DispatcherMiddleware(app, {'/api': api})", True),
        ("/health", b"", False),
        ("/status", b"", False),
    ],
)
def test_a_health_path_is_answered_by_a_rule_or_perhaps_by_code(
    path: str, code: bytes, answered: bool
) -> None:
    assert bool(unanswered(path, ("/", "/healthz", "/status/<name>"), (code,))) == (not answered)
