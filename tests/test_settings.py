"""Settings come from their documented names and no others."""

from pathlib import Path

import pytest

from workbench.settings import settings


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    for name in ("LOUPE_HOME", "DATABASE_URL", "DATABASE_URL_FILE", "PORT", "DYNO", "LOUPE_MAX_MB"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_with_nothing_set_everything_is_local(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert settings().root == tmp_path / ".loupe"
    assert (settings().database_url, settings().max_mb, settings().max_mp) == (None, 100, 50)


def test_only_the_documented_names_count(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAX_MB", "max_mb", "CLI_OPERATOR", "STALLED_AFTER"):
        monkeypatch.setenv(name, "7")
    assert (settings().max_mb, settings().cli_operator, settings().stalled_after) == (100, None, 8.0)
    monkeypatch.setenv("LOUPE_MAX_MB", "7")
    settings.cache_clear()
    assert settings().max_mb == 7


def test_a_secret_may_come_from_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "url").write_text("postgresql://a:b@c/d\n")
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "url"))
    found = settings().database_url
    assert found is not None and found.get_secret_value() == "postgresql://a:b@c/d"
    assert "b@c" not in repr(settings())
    settings.cache_clear()
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "nowhere"))
    with pytest.raises(SystemExit, match="DATABASE_URL_FILE"):
        settings()


def test_what_is_set_to_nothing_is_not_set_and_nonsense_ends_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")
    assert settings().port is None
    monkeypatch.setenv("PORT", "many")
    settings.cache_clear()
    with pytest.raises(SystemExit, match=r"PORT can't be used: .*integer.* Correct it"):
        settings()
