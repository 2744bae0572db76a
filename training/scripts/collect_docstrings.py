"""Writes the docstrings of Python's standard library (PSF licence) as plain text, for the language model: OUT is the one argument."""

from __future__ import annotations

import ast
import sys
import sysconfig
from pathlib import Path

MINIMUM = 200


def docstrings(path: Path) -> list[str]:
    """All docstrings of a module that are long enough to be prose; none when the file does not parse."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError):
        return []
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    texts = [ast.get_docstring(node) for node in ast.walk(tree) if isinstance(node, documented)]
    return [text for text in texts if text and len(text) >= MINIMUM]


def main(target: Path) -> None:
    library = Path(sysconfig.get_path("stdlib"))
    files = sorted(path for path in library.rglob("*.py") if not {"site-packages", "test", "tests", "idlelib"} & set(path.parts))
    target.write_text("\n\n".join(text for path in files for text in docstrings(path)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
