"""Procfile and app.json: what a platform would start does start, migrates, and lets nobody in yet."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import psycopg2
import pytest

from tests.buckets import KEYS
from tests.serving import ROOT, copy_app, free_port, serving
from workbench.settings import Settings


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text().splitlines()
    return dict(line.split(": ", 1) for line in lines)


def test_the_deploy_files_say_what_runs() -> None:
    assert procfile().keys() == {"web", "worker", "release"}
    assert "--server.port $PORT" in procfile()["web"]
    assert procfile()["release"] == "python -m workbench setup"
    described = json.loads((ROOT / "app.json").read_text())
    known = {field.alias for field in Settings.model_fields.values()}
    assert described["env"].keys() <= known
    assert any(addon["plan"].startswith("heroku-postgresql") for addon in described["addons"])
    assert described["formation"].keys() <= procfile().keys()
    assert "FORWARDED_ALLOW_IPS" not in (ROOT / "Procfile").read_text() + (ROOT / "app.json").read_text()


def test_the_web_line_serves_only_what_to_set_and_health(tmp_path: Path) -> None:
    port = free_port()
    # the line itself listens everywhere; a test must not
    command = ["sh", "-c", procfile()["web"] + " --server.address 127.0.0.1"]
    with serving(command, port, tmp_path, cwd=copy_app(tmp_path / "copy", {}), PORT=str(port)) as running:
        for path in ("", "edit", "blob/none", "_stcore/host-config", "static/index.html"):
            answer = httpx.get(f"http://127.0.0.1:{running}/{path}")
            assert (answer.status_code, "What a public deployment needs" in answer.text) == (403, True), path
        assert httpx.get(f"http://127.0.0.1:{running}/_stcore/health").status_code == 200


@pytest.fixture
def empty_database(cluster: str) -> str:
    """The address of a database that holds nothing yet, as a platform would hand it over."""
    address = cluster.replace("postgresql+psycopg2://", "postgres://")
    connection = psycopg2.connect(address.replace("/loupe?", "/postgres?"))
    connection.autocommit = True
    connection.cursor().execute('create database "release" template template0')
    connection.close()
    return address.replace("/loupe?", "/release?")


def test_the_release_line_migrates_twice_without_harm(empty_database: str, tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    env = {**os.environ, "PATH": path, "DATABASE_URL": empty_database, "DYNO": "release.1", "LOUPE_HOME": str(tmp_path)}
    refused = subprocess.run(shlex.split(procfile()["release"]), cwd=ROOT, env=env, capture_output=True, text=True)
    assert refused.returncode == 1 and "LOUPE_S3_BUCKET" in refused.stderr, "a dyno's disk keeps nothing"
    env |= {"LOUPE_S3_BUCKET": "pictures", **KEYS}
    for _ in range(2):
        ran = subprocess.run(shlex.split(procfile()["release"]), cwd=ROOT, env=env, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    with psycopg2.connect(empty_database) as connection, connection.cursor() as cursor:
        cursor.execute("select (select count(*) from alembic_version), to_regclass('versions')")
        assert cursor.fetchone() == (1, "versions")


def test_the_worker_line_is_a_command(tmp_path: Path) -> None:
    program, *words = shlex.split(procfile()["worker"])
    assert program == "python"
    ran = subprocess.run([sys.executable, *words, "--help"], cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
