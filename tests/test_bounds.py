"""No test waits for ever for another process or thread: every such wait says for how long at most."""

import ast
from pathlib import Path

TESTS = Path(__file__).parent
PROGRAMS = {"run", "call", "check_call", "check_output"}
PATIENT = {"wait", "join", "get", "communicate"}  # of processes, threads, queues


def test_every_wait_for_another_process_or_thread_has_a_bound():
    endless = [
        f"{path.relative_to(TESTS)}:{call.lineno}: {ast.unparse(call.func)}"
        for path in sorted(TESTS.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and is_endless(call, call.func)
    ]
    assert endless == []


def is_endless(call: ast.Call, function: ast.Attribute) -> bool:
    """Whether nothing ends it but the other one; what a `**` holds is not known and passes."""
    if any(keyword.arg in ("timeout", None) for keyword in call.keywords):
        return False
    if isinstance(function.value, ast.Name) and function.value.id == "subprocess":
        return function.attr in PROGRAMS
    # With an argument, “join” is of texts and “get” of dictionaries, and the rest have a bound; what “communicate” takes is input.
    return function.attr in PATIENT and (not call.args or function.attr == "communicate")
