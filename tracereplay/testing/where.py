"""Where a mark stands in a file: pytest does not keep that, so its source is looked at when it must be told."""

import ast
import inspect
from collections.abc import Callable

import pytest
from _pytest.nodes import Node

Marked = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def place_of_mark(holder: Node, mark: pytest.Mark, shown: Callable[[str], str]) -> str:
    """Return ``FILE:LINE`` of ``mark`` on ``holder``: a test, a class or a module; the line of that if it is hidden."""
    obj = getattr(holder, "obj", None)
    file = shown(str(holder.path))
    try:
        tree = ast.parse(holder.path.read_bytes())
        first = 1 if inspect.ismodule(obj) else inspect.getsourcelines(inspect.unwrap(obj))[1]  # type: ignore[arg-type]
    except (OSError, SyntaxError, TypeError):
        return file
    lines = list(_lines(tree, mark) if inspect.ismodule(obj) else _decorators(tree, first, mark))
    of_name = [own for own in getattr(holder, "own_markers", []) if own.name == mark.name]
    number = next((n for n, own in enumerate(of_name) if own is mark), 0)
    return f"{file}:{lines[number] if number < len(lines) else first}"


def _decorators(tree: ast.Module, first: int, mark: pytest.Mark) -> list[int]:
    """Return the lines of the marks on what begins at line ``first``, from the last one up, as pytest keeps them."""
    for node in ast.walk(tree):
        if isinstance(node, Marked) and first in (node.lineno, *(one.lineno for one in node.decorator_list)):
            found = [one.lineno for one in reversed(node.decorator_list) if mark.name in ast.unparse(one)]
            return found + (_lines(node, mark) if isinstance(node, ast.ClassDef) else [])
    return []


def _lines(holder: ast.Module | ast.ClassDef, mark: pytest.Mark) -> list[int]:
    """Return the lines of the marks in ``pytestmark = ...``."""
    return [
        call.lineno
        for statement in holder.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and "pytestmark" in ast.unparse(statement)
        for call in ast.walk(statement)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(mark.name)
    ]
