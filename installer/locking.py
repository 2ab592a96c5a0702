#!/usr/bin/env python3
"""Resolves pyproject.toml and writes the lock files: every file that set-up may install, by version and by sha256.

Run by ``python3 installer/studio.py lock`` in .venv. Versions that are locked already stay unless they no longer fit;
``--upgrade`` takes the newest of all. uv resolves for every system at once, so that one set of files serves them all.

    lock.txt        the window, the command line and the engine own-mouth
    lock-torch.txt  the generator and everything that trains
    lock-cuda.txt   what torch's build for NVIDIA cards loads; installed only beside such a build
    lock-dev.txt    tests, checks and the tools that make training data
"""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

INSTALLER = Path(__file__).resolve().parent
PROJECT = INSTALLER.parent / "pyproject.toml"
EXTRAS = {"lock.txt": (), "lock-torch.txt": ("torch",), "lock-dev.txt": ("torch", "dev", "train", "quality")}
# setuptools makes .venv/bin/unisync, and pip tells how far its downloads are since 24.1; both are locked like the rest, so that nothing
# is fetched beside the locks.
ALWAYS = ("setuptools>=77", "pip>=25")
# insightface asks for `onnxruntime`, which must not be installed beside `onnxruntime-gpu`.
OVERRIDES = ("onnxruntime>=1.23; sys_platform == 'darwin'",)
CUDA = re.compile(r"(nvidia-|cuda-|triton\b)")
HEADER = "# Written by “python3 installer/studio.py lock”. Install with --no-deps --require-hashes.\n"
OLDEST_PYTHON = "3.11"

Block = tuple[str, tuple[str, ...]]
"""A pinned requirement with its marker, and the sha256 of every file that may be installed for it."""


def main(arguments: Sequence[str]) -> int:
    """Writes all lock files anew."""
    locks = [INSTALLER / name for name in (*EXTRAS, "lock-cuda.txt")]
    kept = [] if "--upgrade" in arguments else [pin for lock in locks for pin, _ in read_blocks(lock)]
    everything = resolve(EXTRAS["lock-dev.txt"], kept)
    blocks = dict(everything)
    add_hashes_of_local_builds(blocks)
    written: set[str] = set()
    for name, extras in EXTRAS.items():
        wanted = {name_of(pin) for pin, _ in resolve(extras, blocks)}
        chosen = [pin for pin in blocks if name_of(pin) in wanted - written and not CUDA.match(pin)]
        written |= {name_of(pin) for pin in chosen}
        write_lock(INSTALLER / name, [(pin, blocks[pin]) for pin in chosen])
    write_lock(INSTALLER / "lock-cuda.txt", [(pin, blocks[pin]) for pin in blocks if CUDA.match(pin)])
    return 0


def resolve(extras: Iterable[str], pins: Iterable[str]) -> list[Block]:
    """What `extras` of the project need on any system, at the versions of `pins` where they fit."""
    with tempfile.TemporaryDirectory() as folder:
        out, overrides, always = (Path(folder) / name for name in ("out.txt", "overrides.txt", "always.in"))
        out.write_text("".join(f"{pin}\n" for pin in pins))  # uv prefers what stands there
        overrides.write_text("\n".join(OVERRIDES))
        always.write_text("\n".join(ALWAYS))
        command = [
            sys.executable,
            "-m",
            "uv",
            "pip",
            "compile",
            str(PROJECT),
            str(always),
            "--quiet",
            "--no-config",
        ]
        command += [word for extra in extras for word in ("--extra", extra)]
        command += [
            "--universal",
            "--python-version",
            OLDEST_PYTHON,
            "--only-binary",
            ":all:",
            "--generate-hashes",
        ]
        command += ["--no-header", "--no-annotate", "--overrides", str(overrides), "--output-file", str(out)]
        # Networks that inspect what is fetched have their certificate among the system's.
        subprocess.run(
            command, check=True, env={"UV_SYSTEM_CERTS": "1", **os.environ}, stdout=subprocess.DEVNULL
        )
        return read_blocks(out)


def add_hashes_of_local_builds(blocks: dict[str, tuple[str, ...]]) -> None:
    """Adds the files that pip, as it is set up here, would choose instead: a build of torch that lies on this disk, say."""
    with tempfile.TemporaryDirectory() as folder:
        pins, report = Path(folder) / "pins.txt", Path(folder) / "report.json"
        pins.write_text("".join(f"{pin}\n" for pin in blocks if not CUDA.match(pin)))
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--dry-run",
            "--ignore-installed",
            "--no-deps",
            "--quiet",
        ]
        command += ["--only-binary", ":all:", "--report", str(report), "--requirement", str(pins)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"pip cannot install what was locked:\n{done.stderr}")
        chosen = json.loads(report.read_text())["install"]
    hashes = {
        canonical(item["metadata"]["name"]): item["download_info"]["archive_info"]["hashes"]["sha256"]
        for item in chosen
    }
    for pin, known in blocks.items():
        found = hashes.get(name_of(pin))
        if found and found not in known:
            print(f"{pin}: the build on this computer is allowed, too.")
            blocks[pin] = (*known, found)


def read_blocks(lock: Path) -> list[Block]:
    """The requirements of a lock file; none when it does not exist."""
    text = lock.read_text().replace("\\\n", " ") if lock.is_file() else ""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [
        (line.split("--hash")[0].strip(), tuple(re.findall(r"--hash=sha256:([0-9a-f]{64})", line)))
        for line in lines
    ]


def write_lock(lock: Path, blocks: Iterable[Block]) -> None:
    """Writes requirements in the order of their names."""
    parts = [
        " \\\n".join((pin, *(f"    --hash=sha256:{value}" for value in hashes)))
        for pin, hashes in sorted(blocks)
    ]
    lock.write_text(HEADER + "\n".join(parts) + "\n")


def name_of(pin: str) -> str:
    """The package's name as the locks spell it."""
    return canonical(pin.split("==")[0])


def canonical(name: str) -> str:
    """A package's name as every index spells it."""
    return re.sub(r"[-_.]+", "-", name.strip()).lower()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
