"""Runs damaged inputs in a child process and watches it: tracebacks, hangs, signals and files that should not be there.

A target is a module with ``seeds(folder)``, which makes what is damaged, and ``case(folder, draw, seeds)``, which damages one and
hands it to the program; what it finds wrong it raises as `Fault`. The child notes each case before it begins, so that the
one in which it dies or hangs is known and can be made again from its number.
"""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

import psutil

from core.base.models import PROGRAM_ROOT

HANG_SECONDS = 60.0
_ASLEEP = 20  # as long by the clock, whatever it does
_NOW, _FOUND, _COUNTS = "now", "found.jsonl", "counts.json"


class Fault(Exception):
    """The program did something it must not; `kind` is the word it is counted under."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(slots=True)
class Findings:
    """What came of it: how many cases ended how, and each fault with the number of its case."""

    cases: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    faults: list[dict[str, Any]] = field(default_factory=list)


def fuzz(
    target: str,
    folder: Path,
    *,
    seed: int,
    minutes: float | None = None,
    cases: int | None = None,
    first: int = 0,
    hang_seconds: float = HANG_SECONDS,
) -> Findings:
    """Runs cases until the time or the number is over.

    Args:
        target: dotted name of the target's module.
        folder: for the cases; those at fault stay in ``kept``.
        seed: of everything random.
        minutes: how long, by the clock.
        cases: or how many.
        first: number of the first case.
        hang_seconds: of processor time that one case may take.
    """
    folder.mkdir(parents=True, exist_ok=True)
    findings = Findings()
    deadline = None if minutes is None else time.monotonic() + 60 * minutes
    last = None if cases is None else first + cases
    number = first
    while (deadline is None or time.monotonic() < deadline) and (last is None or number < last):
        for name in (_NOW, _FOUND, _COUNTS):
            (folder / name).unlink(missing_ok=True)
        left = -1 if deadline is None else deadline - time.monotonic()
        arguments = [
            target,
            str(folder),
            str(seed),
            str(number),
            str(-1 if last is None else last),
            str(left),
        ]
        path = os.pathsep.join(filter(None, (str(PROGRAM_ROOT), os.environ.get("PYTHONPATH"))))
        with (folder / "said").open("wb") as said:
            child = subprocess.Popen(
                [sys.executable, "-P", "-m", "core.research.fuzzing.runner", *arguments],
                stdin=subprocess.DEVNULL, stdout=said, stderr=said, env={**os.environ, "PYTHONPATH": path},
            )  # fmt: skip
            ended = _watch(child, folder / _NOW, hang_seconds)
        at = _number(folder / _NOW, number - 1)
        findings.outcomes.update(_read(folder / _COUNTS) or {})
        findings.faults += [json.loads(line) for line in _lines(folder / _FOUND)]
        findings.cases += max(at + 1 - number, 0)
        if ended != "done":
            said_last = (folder / "said").read_text("utf-8", "replace")[-1500:]
            findings.faults.append({"kind": ended, "case": at, "text": said_last})
            findings.outcomes[ended] += 1
            _keep(folder, at)
            if at < number:  # it never came to a case: nothing will
                break
        number = max(at + 1, number + 1)
    return findings


def _watch(child: "subprocess.Popen[bytes]", now: Path, hang_seconds: float) -> str:
    """“done”, or what became of it. A case hangs by the processor's time it takes: a busy machine makes none of them hang."""
    seen, since, spent = "", time.monotonic(), 0.0
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            code = child.wait(timeout=0.5)
            if code == 0:
                return "done"
            return "signal" if code < 0 else "broken"
        text = now.read_text() if now.exists() else ""
        used = _processor_seconds(child.pid)
        patience = hang_seconds * (1 if text else 10)  # making the seeds takes longer
        if text != seen:
            seen, since, spent = text, time.monotonic(), used
        elif used - spent > patience or time.monotonic() - since > _ASLEEP * patience:
            child.kill()
            child.wait()
            return "hang"


def _processor_seconds(pid: int) -> float:
    """What a process and those it waited for have taken."""
    with contextlib.suppress(psutil.Error):
        times = psutil.Process(pid).cpu_times()
        return float(times.user + times.system)
    return 0.0


def _number(path: Path, otherwise: int) -> int:
    text = path.read_text() if path.exists() else ""
    return int(text) if text.isdigit() else otherwise


def _read(path: Path) -> dict[str, int] | None:
    with contextlib.suppress(OSError, ValueError):
        found: dict[str, int] = json.loads(path.read_text())
        return found
    return None


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _keep(folder: Path, number: int) -> None:
    if (folder / "case").is_dir():
        shutil.copytree(
            folder / "case", folder / "kept" / str(number), dirs_exist_ok=True, ignore_dangling_symlinks=True
        )


def _child(target: str, folder: Path, seed: int, first: int, last: int, seconds: float) -> None:
    began = time.monotonic()
    module = import_module(target)
    (folder / "seeds").mkdir(exist_ok=True)
    seeds = module.seeds(folder / "seeds")
    counts: Counter[str] = Counter()
    number = first
    while (last < 0 or number < last) and (seconds < 0 or time.monotonic() - began < seconds):
        place = folder / "case"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        (folder / _NOW).write_text(str(number))
        draw = random.Random(f"{target} {seed} {number}")
        fault = None
        try:
            counts[module.case(place, draw, seeds)] += 1
        except Fault as error:
            fault = {"kind": error.kind, "case": number, "text": str(error)[:2000]}
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException:  # noqa: BLE001 - that is what is looked for
            fault = {"kind": "traceback", "case": number, "text": traceback.format_exc()[-3000:]}
        if fault is not None:
            counts[str(fault["kind"])] += 1
            with (folder / _FOUND).open("a", encoding="utf-8") as file:
                file.write(json.dumps(fault) + "\n")
            _keep(folder, number)
        (folder / _COUNTS).write_text(json.dumps(counts))
        number += 1


if __name__ == "__main__":
    from core.research.fuzzing import runner  # under its own name: targets raise its `Fault`

    folder_, numbers = Path(sys.argv[2]), [int(text) for text in sys.argv[3:6]]
    runner._child(sys.argv[1], folder_, *numbers, float(sys.argv[6]))  # type: ignore[call-arg]  # noqa: SLF001 - itself
