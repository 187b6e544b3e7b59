"""What the room offers by name."""

import ast
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

from skinproof import synthesis


@pytest.mark.parametrize("name", synthesis.__all__)
def test_every_name_is_a_function_also_after_all_modules_are_loaded(name: str) -> None:
    assert callable(getattr(synthesis, name)) and not inspect.ismodule(getattr(synthesis, name))


def test_no_module_hides_a_name() -> None:
    folder = Path(synthesis.__file__).parent
    assert not {path.stem for path in folder.glob("*.py")} & set(synthesis.__all__)


def test_what_a_type_checker_sees_is_what_is_there() -> None:
    tree = ast.parse(Path(synthesis.__file__).read_text(encoding="utf-8"))
    seen = {
        (node.module or "").rpartition(".")[2] + "." + alias.name
        for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("skinproof.")
        for alias in node.names
    }  # fmt: skip
    assert seen == {f"{synthesis._HOME[name]}.{name}" for name in synthesis.__all__}


def test_a_name_that_is_not_there_is_said_so() -> None:
    with pytest.raises(AttributeError, match="no attribute 'metafor'"):
        synthesis.metafor  # noqa: B018


def test_the_room_alone_loads_nothing_heavy() -> None:
    told = "import sys, skinproof.synthesis; print('numpy' in sys.modules)"
    found = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "False"
