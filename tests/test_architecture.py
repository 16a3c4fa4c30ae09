"""The layers, who may import which library, and the sizes; see docs/decisions/0001-layers.md."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
#: name → (line, place within the line's chain, lane within the line); a module imports only downwards
LAYERS: dict[str, tuple[int, int, str]] = {
    "app": (1, 0, ""), "pages": (1, 0, ""),
    "ui": (2, 0, "web"), "web": (2, 0, "web"),
    "__main__": (2, 0, "cli"),
    "cli": (2, 1, "cli"), "demo": (2, 2, "cli"), "doctor": (2, 2, "cli"), "worker": (2, 2, "cli"),
    "publishing": (3, 0, ""), "campaigns": (3, 1, ""), "insights": (3, 2, ""), "reviews": (3, 2, ""), "proofs": (3, 3, ""),
    "edits": (3, 4, ""), "templates": (3, 5, ""), "guidelines": (3, 5, ""),
    "sources": (3, 6, ""), "versions": (3, 7, ""), "operators": (3, 8, ""),
    "audit": (4, 0, "ledger"),
    "jobs": (4, 0, "ledger"),
    "budgets": (4, 0, "ledger"), "credentials": (4, 0, "ledger"),
    "storage": (4, 0, "outside"), "engines": (4, 0, "outside"), "db": (4, 0, "database"), "postgres": (4, 1, "database"),
    "imaging": (5, 0, "pure"), "recipes": (5, 0, "pure"), "permissions": (5, 0, "pure"),
    "models": (5, 0, "rows"), "telemetry": (5, 0, "rows"), "settings": (5, 1, "rows"), "memory": (5, 1, "rows"), "errors": (6, 0, ""),
    "starter": (5, 0, "pure"),
}  # fmt: skip
#: neighbours on one line that may know each other although they stand side by side
SAME = {("ui", "web"), ("web", "ui"), ("app", "pages"), ("pages", "app")}
OWNERS = {
    "streamlit": {"app", "pages", "ui", "web"},
    "boto3": {"storage", "sources", "publishing"},
    "openai": {"engines"},
    "procrastinate": {"jobs", "worker"},
    "psycopg2": {"postgres"},
}
FILES = sorted([*(ROOT / "workbench").rglob("*.py"), *(ROOT / "pages").glob("*.py"), ROOT / "app.py"])


def part(path: Path) -> str:
    place = path.relative_to(ROOT)
    return place.parts[0].removesuffix(".py") if place.parts[0] != "workbench" else place.parts[1].removesuffix(".py")


def imported(path: Path) -> Iterator[str]:
    """Dotted names of everything a file imports, names from packages resolved."""
    base = (".".join(path.relative_to(ROOT).with_suffix("").parts)).split(".")
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = base[: len(base) - node.level] if node.level else []
            module = [*above, *([node.module] if node.module else [])]
            yield from (".".join([*module, alias.name]) for alias in node.names)


def may_import(importer: str, other: str) -> bool:
    if importer == other or other == "errors" or (importer, other) in SAME:
        return True
    (line, place, lane), (other_line, other_place, other_lane) = LAYERS[importer], LAYERS[other]
    if line != other_line:
        return line < other_line
    return lane == other_lane and place < other_place


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_the_layers_below_it(path: Path) -> None:
    for name in imported(path):
        words = name.split(".")
        if words[0] == "workbench" and len(words) > 1 and part(path) != "__init__":
            assert may_import(part(path), words[1]), f"{part(path)} may not import {words[1]}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_library_stays_with_the_parts_that_own_it(path: Path) -> None:
    for name in imported(path):
        owners = OWNERS.get(name.split(".")[0])
        assert owners is None or part(path) in owners, f"{name} belongs to {owners}"


def test_imaging_knows_neither_database_nor_network_nor_files() -> None:
    for path in (ROOT / "workbench" / "imaging").rglob("*.py"):
        forbidden = {"sqlalchemy", "sqlmodel", "psycopg2", "requests", "urllib", "socket", "httpx", "os", "pathlib"}
        used = {name.split(".")[0] for name in imported(path)}
        assert not used & forbidden, f"{path.name}: {used & forbidden}"


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.read_text("utf-8").strip()], ids=lambda path: str(path.relative_to(ROOT))
)
def test_files_and_functions_keep_their_size_and_say_what_lives_here(path: Path) -> None:
    text = path.read_text("utf-8")
    tree = ast.parse(text)
    assert text.count("\n") <= (100 if part(path) == "pages" else 300)
    assert ast.get_docstring(tree), "a module opens with one sentence"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno is not None
            assert node.end_lineno - node.lineno < 50, f"{node.name} is too long"


def test_every_file_has_its_place_in_the_layers() -> None:
    assert {part(path) for path in FILES} - {"__init__"} <= LAYERS.keys()
