#!/usr/bin/env python3
"""Sets UniSync Studio up and starts it. Needs Python 3.11 or newer and nothing else.

    python3 installer/studio.py             open the window
    python3 installer/studio.py demo        dub the sample clip into out/
    python3 installer/studio.py test        run the whole test-suite
    python3 installer/studio.py -- ARGS     the command line, e.g. -- dub film.mp4 --audio dub.wav -o film-dub.mp4
    python3 installer/studio.py lock        (developers) resolve pyproject.toml again and write the lock files

Everything is installed into .venv beside this folder; after that .venv/bin/unisync is the same program.
"""

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
UNISYNC = VENV / ("Scripts/unisync.exe" if WINDOWS else "bin/unisync")
LOCK = ROOT / "installer" / "lock.txt"
DEV_LOCK = ROOT / "installer" / "lock-dev.txt"
CHECKS = ROOT / ".ci" / "checks"  # a command a line, programs of the environment
# insightface asks for `onnxruntime`, which must not be installed beside `onnxruntime-gpu`; the locks are complete, so
# installing them without looking at dependencies settles it.
NEVER_LOCKED = {"onnxruntime", "unisync-studio", "pip", "setuptools"}
# What Qt and OpenGL need from the system on Debian and Ubuntu: library → package.
SYSTEM_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libOpenGL.so.0": "libopengl0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libpulse.so.0": "libpulse0",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-xinerama.so.0": "libxcb-xinerama0",
    "libEGL_mesa.so.0": "libegl-mesa0",
}
TEST_PROGRAMS = {"Xvfb": "xvfb", "ffmpeg": "ffmpeg"}
TEST_FONTS = "fonts-dejavu-core"


def main(arguments: list[str]) -> int:
    """Dispatches one verb; returns its exit code."""
    if sys.version_info < (3, 11):
        return fail(f"UniSync Studio needs Python 3.11 or newer; this is {platform.python_version()}.")
    verb, rest = (arguments[0], arguments[1:]) if arguments else ("window", [])
    if verb in ("-h", "--help"):
        print(__doc__)
        return 0
    if verb == "lock":
        return write_locks()
    if verb not in ("window", "demo", "test", "--"):
        return fail(f"There is no “{verb}” here. Try --help; command-line verbs go after “--”.")
    install(DEV_LOCK if verb == "test" else LOCK)
    if verb == "test":
        install_system(programs=True)
        return run_tests(rest)
    if verb == "window":
        install_system(programs=False)
    if verb == "demo":
        return demo()
    return subprocess.call([str(UNISYNC), *rest])


def install(lock: Path) -> None:
    """Brings .venv to the state of `lock`; does nothing when it is there already."""
    stamp = VENV / f"installed-{lock.stem}"
    wanted = fingerprint(lock)
    if stamp.is_file() and stamp.read_text() == wanted and UNISYNC.exists():
        return
    if not PYTHON.exists():
        print("Creating .venv …", flush=True)
        venv.create(VENV, with_pip=True)
    print("Installing the locked dependencies …", flush=True)
    torch = next(line for line in LOCK.read_text().splitlines() if line.startswith("torch=="))
    # torch alone is installed with its own dependencies, because its GPU libraries differ from system to system.
    pip("install", torch, "--constraint", str(LOCK))
    pip("install", "--no-deps", "--requirement", str(LOCK))
    if lock != LOCK:
        pip("install", "--no-deps", "--requirement", str(lock))
    pip("install", "--no-deps", "--editable", str(ROOT))
    run([str(UNISYNC), "models", "install"])
    stamp.write_text(wanted)
    if lock != LOCK:
        (VENV / f"installed-{LOCK.stem}").write_text(fingerprint(LOCK))


def fingerprint(lock: Path) -> str:
    """Changes whenever installing again could change something."""
    content = LOCK.read_bytes() + lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    return hashlib.sha256(content + str(ROOT).encode()).hexdigest()


def demo() -> int:
    """Dubs the sample clip and says where the results are."""
    samples, out = ROOT / "resources" / "samples", ROOT / "out"
    out.mkdir(exist_ok=True)
    code = subprocess.call(
        [
            str(UNISYNC), "dub", str(samples / "sample.mp4"), "--audio", str(samples / "dub.wav"),
            "-o", str(out / "demo.mp4"), "--report", str(out / "demo-report.json"), "--sheet", str(out / "demo-report.png"),
        ]
    )  # fmt: skip
    if code == 0:
        print(f"\nThe dubbed film:  {out / 'demo.mp4'}")
        print(f"The report:       {out / 'demo-report.json'}")
        print(f"Before and after: {out / 'demo-report.png'}")
        print("Open the window with: python3 installer/studio.py")
    return code


def run_tests(arguments: list[str]) -> int:
    """The checks of .ci/checks, then the whole suite, offscreen unless the caller chose a Qt platform."""
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    for check in CHECKS.read_text(encoding="utf-8").splitlines():
        program, *rest = check.split()
        path = PYTHON.with_name(f"{program}.exe" if WINDOWS else program)
        code = subprocess.call([str(path), *rest], cwd=ROOT)
        if code:
            return code
    return subprocess.call([str(PYTHON), "-m", "pytest", *arguments], cwd=ROOT, env=environment)


def install_system(*, programs: bool) -> None:
    """Installs, through apt, what Qt needs and this system lacks; names the command where it may not."""
    if platform.system() != "Linux":
        return
    missing = missing_packages(programs=programs)
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.call(["apt-get", "update"], stdout=subprocess.DEVNULL)
        if subprocess.call(command, stdout=subprocess.DEVNULL) == 0:
            return
    print(
        f"These system packages seem to be missing. Install them with:\n  sudo {' '.join(command)}",
        flush=True,
    )


def missing_packages(*, programs: bool) -> list[str]:
    """Debian packages whose library or program is not found."""
    known = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=False).stdout
    missing = [package for library, package in SYSTEM_LIBRARIES.items() if library not in known]
    if programs:
        missing += [package for program, package in TEST_PROGRAMS.items() if not shutil.which(program)]
        if not Path("/usr/share/fonts").is_dir() or not any(Path("/usr/share/fonts").rglob("*.ttf")):
            missing.append(TEST_FONTS)
    return missing


def write_locks() -> int:
    """Resolves pyproject.toml afresh and writes both lock files."""
    torch = next((line for line in read_lines(LOCK) if line.startswith("torch==")), "torch")
    with tempfile.TemporaryDirectory() as folder:
        versions = {}
        for extras in ("", "[dev,train,quality]"):
            report = Path(folder) / "report.json"
            pip(
                "install",
                "--dry-run",
                "--ignore-installed",
                "--quiet",
                "--report",
                str(report),
                f"{ROOT}{extras}",
                torch,
            )
            versions[extras] = {
                item["metadata"]["name"].lower().replace("_", "-"): item["metadata"]["version"].split("+")[0]
                for item in json.loads(report.read_text())["install"]
            }
    runtime = versions[""]
    extra = {
        name: version for name, version in versions["[dev,train,quality]"].items() if name not in runtime
    }
    LOCK.write_text(lock_text(runtime))
    DEV_LOCK.write_text(lock_text(extra))
    return 0


def lock_text(versions: dict[str, str]) -> str:
    """One pinned requirement a line, with a marker where a package has no build for a system."""
    lines = ["# Written by “python3 installer/studio.py lock”. Install with --no-deps."]
    for name, version in sorted(versions.items()):
        if name in NEVER_LOCKED or name.startswith("nvidia-") or name in ("triton", "cuda-bindings"):
            continue
        marker = "; sys_platform != 'darwin'" if name == "onnxruntime-gpu" else ""
        lines.append(f"{name}=={version}{marker}")
        if name == "onnxruntime-gpu":
            lines.append(f"onnxruntime=={version}; sys_platform == 'darwin'")
        if name == "tqdm" and "colorama" not in versions:
            lines.append("colorama==0.4.6; sys_platform == 'win32'")
    return "\n".join(lines) + "\n"


def read_lines(path: Path) -> list[str]:
    """The lines of a file, none when it does not exist."""
    return path.read_text().splitlines() if path.is_file() else []


def pip(*arguments: str) -> None:
    """Runs pip of the virtual environment; stops the program when it fails."""
    run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], quiet=True)


def run(command: list[str], *, quiet: bool = False) -> None:
    """Runs a set-up step; shows its output only when it fails if `quiet`."""
    done = subprocess.run(
        command,
        check=False,
        text=True,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if done.returncode:
        sys.exit(fail(f"Set-up stopped at: {' '.join(command)}\n{done.stdout or ''}"))


def fail(message: str) -> int:
    """Says what is wrong; returns the exit code for it."""
    print(message, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
