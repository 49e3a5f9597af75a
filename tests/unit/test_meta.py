"""What holds for the package as a whole: its face, its layers, its commands."""

import ast
import importlib
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.main import get_command

import kg_fashion
from kg_fashion.cli import app

ROOT = Path(__file__).parents[2]
LAYERS = [
    {"terms", "errors", "settings", "resources", "sssom"},
    {"ontology"},
    {"catalog", "graph"},
    {"reasoning", "embedding"},
    {"inference"},
    {"ranking"},
    {"stylist"},
    {"cli"},
    {"__main__", "__init__"},
]


def test_public_face_is_sorted_and_loads() -> None:
    assert kg_fashion.__all__ == sorted(kg_fashion.__all__)
    for name in kg_fashion.__all__:
        assert getattr(kg_fashion, name)


@pytest.mark.parametrize("package", ["catalog", "graph", "reasoning", "embedding", "inference", "ranking"])
def test_each_package_lists_sorted_names(package: str) -> None:
    module = importlib.import_module(f"kg_fashion.{package}")
    assert module.__all__ == sorted(module.__all__)
    assert all(hasattr(module, name) for name in module.__all__)


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module == "kg_fashion":
            names += [f"kg_fashion.{alias.name}" for alias in node.names]
        found.update(name.split(".")[1] for name in names if name.startswith("kg_fashion."))
    return found


def test_imports_point_one_way() -> None:
    level = {name: number for number, names in enumerate(LAYERS) for name in names}
    for path in (ROOT / "kg_fashion").rglob("*.py"):
        here = path.relative_to(ROOT / "kg_fashion").parts[0].removesuffix(".py")
        for other in _imports(path) & level.keys():
            same = other == here
            base = level[here] == level[other] == 0
            assert same or base or level[other] < level[here], f"{path} imports {other}"


def test_import_is_cheap() -> None:
    code = (
        "import sys, kg_fashion.cli; print([m for m in ('torch', 'pykeen', 'duckdb', 'sklearn') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_every_command_has_help_and_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    for name in [*(name.replace("_", "-") for name in names), "evaluate"]:
        assert re.search(rf"kg-fashion {name}\b", readme), name
    for command in app.registered_commands:
        assert command.callback and command.callback.__doc__


def test_inference_page_is_true_of_the_commands() -> None:
    page = (ROOT / "docs" / "inference.md").read_text("utf-8")
    commands = get_command(app).commands
    for line in re.findall(r"^\$ kg-fashion (.*)$", page, flags=re.M):
        words = shlex.split(line)
        command = commands[words[0]]
        command = command.commands[words[1]] if hasattr(command, "commands") else command
        known = {option for parameter in command.params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= known, line


def test_inference_page_python_runs(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "inference.md").read_text("utf-8")
    block = re.search(r"```python\n(.*?)```", page, flags=re.S)
    assert block
    code = block[1].replace("data/boutique", str(ROOT / "data" / "boutique"))
    out = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True, text=True)
    assert "Summer" in out.stdout and "() " in out.stdout
    assert (tmp_path / "why.svg").read_text("utf-8").startswith("<svg")


def test_readme_python_runs() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    block = re.search(r"```python\n(.*?)```", readme, flags=re.S)
    assert block
    lines = [line for line in block[1].splitlines() if line.strip()]
    assert len(lines) <= 10
    subprocess.run([sys.executable, "-c", block[1]], cwd=ROOT, check=True, capture_output=True)
