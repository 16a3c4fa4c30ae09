"""In a process that has served nobody yet, no page and no socket opens to anybody who isn't on this machine."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from tests.serving import PAGES, copy_app, free_port, marker, run_page, serving, session, streamlit

FOREIGN = "loupe.example"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    home = tmp_path_factory.mktemp("fresh")
    copy_app(home / "copy", {})
    port = free_port()
    with serving(streamlit(home / "copy" / "app.py", port), port, home) as running:
        yield running


def probe(port: int, path: str, host: str) -> str:
    """What somebody who calls the machine `host` gets to see of the page at `path`: over HTTP, then by the socket."""
    answer = httpx.get(f"http://127.0.0.1:{port}/{path}", headers={"Host": f"{host}:{port}"})
    seen = f"{answer.status_code} {answer.text}"
    try:
        with session(port, host) as opened:
            return seen + run_page(opened, path).decode("latin-1")
    except InvalidStatus as refused:
        return f"{seen} socket {refused.response.status_code}"


@pytest.mark.parametrize("path", ["", *PAGES])
def test_a_foreign_name_never_reaches_a_page(fresh: int, path: str) -> None:
    seen = probe(fresh, path, FOREIGN)
    assert seen.startswith("403 ") and seen.endswith("socket 403")
    assert "answers only on the machine it runs on" in seen
    assert not any(marker(page) in seen for page in PAGES)


def test_the_first_hit_on_this_machine_comes_through_the_frame(fresh: int) -> None:
    seen = probe(fresh, "history", "127.0.0.1")
    assert marker("history") in seen
    # the frame's navigation names the other pages; a page that Streamlit ran past main.py would stand alone
    assert "guidelines" in seen


@pytest.mark.parametrize("path", ["", *PAGES])
def test_every_page_opens_on_this_machine(fresh: int, path: str) -> None:
    assert marker(path or "edit") in probe(fresh, path, "127.0.0.1")


def test_another_site_may_not_open_the_socket(fresh: int) -> None:
    with session(fresh, origin=f"http://127.0.0.1:{fresh}"):
        pass
    for origin in (f"http://{FOREIGN}", "null", f"http://127.0.0.1:{fresh + 1}", f"http://localhost:{fresh}"):
        with pytest.raises(InvalidStatus) as refused, session(fresh, origin=origin):
            pass
        assert refused.value.response.status_code == 403


def test_a_plain_pages_layout_leaks_to_the_same_probe(tmp_path: Path) -> None:
    """The control: without our layout and rule, the gate in app.py is never asked, and the probe sees it."""
    (tmp_path / "pages").mkdir()
    (tmp_path / "app.py").write_text("import streamlit as st\nst.text('sign in')\nst.stop()\n")
    (tmp_path / "pages/history.py").write_text(f"import streamlit as st\nst.text({marker('history')!r})\n")
    port = free_port()
    command = [*streamlit(tmp_path / "app.py", port), "--server.address", "127.0.0.1", "--server.headless", "true"]
    with serving(command, port, tmp_path) as running:
        seen = probe(running, "history", FOREIGN)
    assert marker("history") in seen and "sign in" not in seen


@pytest.mark.parametrize("way", ["uvicorn", "python"])
def test_the_app_starts_from_any_folder(tmp_path: Path, way: str) -> None:
    """Also without `streamlit run`, theme, static files and our cap are in force: config.toml was found."""
    home, port = tmp_path / "elsewhere", free_port()
    # the port as a person's own setting: `python app.py` takes none from the environment
    (home / ".streamlit").mkdir(parents=True)
    (home / ".streamlit/config.toml").write_text(f"server.port = {port}\n")
    limit = "import streamlit as st\nst.text(f\"cap {st.get_option('server.maxUploadSize')}\")\n"
    app = copy_app(tmp_path / "copy", {"edit": limit}) / "app.py"
    command = {
        "uvicorn": ["uvicorn", "app:app", "--app-dir", str(app.parent), "--port", str(port)],
        "python": ["python", str(app)],
    }[way]
    with serving(command, port, home, LOUPE_MAX_MB="7") as running:
        assert httpx.get(f"http://127.0.0.1:{running}/app/static/quick-slider.js").status_code == 200
        assert "cap 7" in probe(running, "edit", "127.0.0.1")
