import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYTHING = r"""
import builtins, importlib, pkgutil, sys

UNIX_ONLY = {"fcntl", "grp", "posix", "pty", "pwd", "resource", "syslog", "termios", "tty"}
real = builtins.__import__

def as_on_windows(name, globals=None, locals=None, fromlist=(), level=0):
    importer = (globals or {}).get("__name__", "")
    if name in UNIX_ONLY and importer.split(".")[0] in ("app", "core", "ui"):
        raise ModuleNotFoundError(f"{importer} needs {name}, which Windows has not", name=name)
    return real(name, globals, locals, fromlist, level)

builtins.__import__ = as_on_windows
count = 0
for package in ("app", "core", "ui"):
    for module in pkgutil.walk_packages([package], package + "."):
        importlib.import_module(module.name)
        count += 1
print(count)
"""


def test_every_module_can_be_imported_without_what_only_unix_has():
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", EVERYTHING], cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 400
