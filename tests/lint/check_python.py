#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""Prints what is wrong with Python files, as FILE:LINE: WHAT or FILE: WHAT.

Usage: tests/lint/check_python.py FILE...

A file compiles without a warning, every name that it uses is there and every one that it imports is
used; its functions and lines are as long as the house allows.
"""

import ast
import builtins
import symtable
import sys
import warnings

MAX_LINE, MAX_FUNCTION, MAX_PARAMETERS = 100, 60, 5
MODULE_NAMES = {*dir(builtins), "__file__"}


def scopes(table):
    yield table
    for child in table.get_children():
        yield from scopes(child)


def wrong_names(text, path):
    """A name counts for the whole file, wherever in it is bound: order is for the tests to find."""
    module = symtable.symtable(text, path, "exec")
    symbols = [symbol for scope in scopes(module) for symbol in scope.get_symbols()]
    used = {symbol.get_name() for symbol in symbols if symbol.is_referenced()}
    bound = {symbol.get_name() for symbol in module.get_symbols()
             if symbol.is_assigned() or symbol.is_imported() or symbol.is_namespace()}
    for symbol in symbols:
        name = symbol.get_name()
        if symbol.is_imported() and name not in used:
            yield None, f"{name} is imported, but not used"
        if symbol.is_global() and symbol.is_referenced() and name not in bound | MODULE_NAMES:
            yield None, f"there is no {name}"


def wrong_functions(text):
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            continue
        parameters = len(node.args.posonlyargs + node.args.args + node.args.kwonlyargs)
        if node.end_lineno - node.lineno > MAX_FUNCTION:
            yield node.lineno, f"{node.name}() has more than {MAX_FUNCTION} lines"
        if parameters > MAX_PARAMETERS:
            yield node.lineno, f"{node.name}() has more than {MAX_PARAMETERS} parameters"


def wrong_lines(text):
    for number, line in enumerate(text.splitlines(), start=1):
        if len(line) > MAX_LINE:
            yield number, f"more than {MAX_LINE} characters"
        if line != line.rstrip() or "\t" in line:
            yield number, "a tab, or a blank at the end"


def wrong(path):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    try:
        compile(text, path, "exec")
    except (SyntaxError, Warning) as error:
        return [(getattr(error, "lineno", 1), str(error))]
    return [*wrong_names(text, path), *wrong_functions(text), *wrong_lines(text)]


def main(paths):
    warnings.simplefilter("error")
    for path in paths:
        for line, what in wrong(path):
            print(f"{path}:{line}: {what}" if line else f"{path}: {what}")


if __name__ == "__main__":
    main(sys.argv[1:])
