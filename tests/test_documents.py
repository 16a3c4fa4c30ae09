"""What the documents promise is there: every setting has its row, every command its line."""

import re
from pathlib import Path

from workbench.settings import SECRET_NAMES, Settings

ROOT = Path(__file__).resolve().parent.parent


def test_every_setting_has_its_row_and_every_row_a_setting() -> None:
    text = (ROOT / "docs" / "reference" / "settings.md").read_text("utf-8")
    rows = set(re.findall(r"^\| `([A-Z0-9_]+)`", text, re.MULTILINE))
    names = {str(field.alias) for field in Settings.model_fields.values()} | set(SECRET_NAMES)
    assert rows == names
    for name in SECRET_NAMES:
        assert f"`{name}_FILE`" in text


def test_every_package_has_its_reason_and_an_exact_version() -> None:
    reasons = (ROOT / "docs" / "reference" / "dependencies.md").read_text("utf-8").lower()
    for file in ("requirements.txt", "requirements-otel.txt", "requirements-dev.txt"):
        for line in (ROOT / file).read_text("utf-8").splitlines():
            if line and not line.startswith(("#", "-r")):
                name, version = line.split("==")
                assert re.fullmatch(r"[0-9.]+", version), line
                assert name.split("[")[0].lower() in reasons, name


def test_the_documents_of_the_project_link_only_to_what_is_there() -> None:
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        text = path.read_text("utf-8")
        targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", text) + re.findall(r'src(?:set)?="([^"]+)"', text)
        for target in targets:
            assert (path.parent / target).exists(), f"{path.name} links to {target}"
