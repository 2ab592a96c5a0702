#!/usr/bin/env python3
"""Sets UniSync Studio up and starts it. Needs Python 3.11 or newer and nothing else.

    python3 installer/studio.py             open the window
    python3 installer/studio.py demo        dub the sample clip into out/
    python3 installer/studio.py torch       install what engines that paint and trainings need as well
    python3 installer/studio.py test        run the whole test-suite
    python3 installer/studio.py -- ARGS     the command line, e.g. -- dub film.mp4 --audio dub.wav -o film-dub.mp4
    python3 installer/studio.py lock        (developers) resolve pyproject.toml again and write the lock files;
                                            --upgrade takes the newest versions

Everything is installed into .venv beside this folder; after that .venv/bin/unisync is the same program.
"""

import contextlib
import hashlib
import importlib.util
import os
import platform
import re
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
CHECKS = ROOT / ".ci" / "checks"  # a command a line, programs of the environment; “&”: beside the tests
# What each lock holds stands in locking.py. They are complete, and are installed without looking at dependencies.
LOCK, TORCH_LOCK, CUDA_LOCK, DEV_LOCK = (
    ROOT / "installer" / name for name in ("lock.txt", "lock-torch.txt", "lock-cuda.txt", "lock-dev.txt")
)
MOST_WORKERS = 4  # of the tests; each takes up to 3 GB of memory
NEEDED = {"torch": (LOCK, TORCH_LOCK), "test": (LOCK, TORCH_LOCK, DEV_LOCK)}  # by other verbs the first alone
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
# What tests call: the synthetic voices of training data, a screen, a second opinion on films.
TEST_PROGRAMS = {
    "Xvfb": ("xvfb",),
    "ffmpeg": ("ffmpeg",),
    "espeak-ng": ("espeak-ng",),
    "flite": ("flite",),
    "festival": ("festival", "festvox-kallpc16k"),
}
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
        return write_locks(rest)
    if verb not in ("window", "demo", "torch", "test", "--"):
        return fail(f"There is no “{verb}” here. Try --help; command-line verbs go after “--”.")
    install_system(programs=verb == "test")
    install(NEEDED.get(verb, (LOCK,)))
    if verb == "torch":
        print("torch is installed.")
        return 0
    if verb == "test":
        return run_tests(rest)
    if verb == "demo":
        return demo()
    return subprocess.call([str(UNISYNC), *rest])


def install(locks: tuple[Path, ...]) -> None:
    """Brings .venv to the state of `locks`; does nothing when it is there already."""
    stamp = VENV / "installed"
    there = dict(line.split() for line in read_lines(stamp)) if UNISYNC.exists() else {}
    # What was installed earlier is kept in step.
    locks = (*locks, *(lock for lock in (TORCH_LOCK, DEV_LOCK) if lock.name in there and lock not in locks))
    wanted = {lock.name: fingerprint(lock) for lock in locks}
    if there == wanted:
        return
    make_venv()
    print("Installing the locked dependencies …", flush=True)
    install_pip(locks[0])
    for lock in locks:
        if lock == TORCH_LOCK:
            install_chosen("torch", lock)
        install_lock(lock)
        if lock == TORCH_LOCK and wants_cuda():
            install_lock(CUDA_LOCK)
    # setuptools comes from the lock, not from a build environment of pip's own, which knows no hashes.
    pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    run([str(UNISYNC), "models", "install"])
    stamp.write_text("".join(f"{name} {value}\n" for name, value in wanted.items()))


def make_venv() -> None:
    """Creates .venv unless it is there."""
    if PYTHON.exists():
        return
    print("Creating .venv …", flush=True)
    try:
        venv.create(VENV, with_pip=True)
    except (subprocess.CalledProcessError, SystemExit):  # Debian's Python exits by itself
        shutil.rmtree(VENV, ignore_errors=True)
        sys.exit(
            fail(
                "This Python cannot make virtual environments. On Debian and Ubuntu: sudo apt-get install python3-venv"
            )
        )


def install_pip(lock: Path) -> None:
    """Brings pip itself to the lock's version, before it does anything else: it cannot well be replaced while it works."""
    with tempfile.TemporaryDirectory() as folder:
        only_pip = Path(folder) / "pip.txt"
        only_pip.write_text("".join(f"{line}\n" for line in requirements(lock) if line.startswith("pip==")))
        install_lock(only_pip)


def install_lock(lock: Path) -> None:
    """Installs what a lock names; every file must have a hash that stands there, and nothing is built."""
    pip("install", "--no-deps", "--require-hashes", "--only-binary", ":all:", "--requirement", str(lock))


def install_chosen(name: str, lock: Path) -> None:
    """Installs the build of a package that pip, as it is set up here, would choose; its hash must stand in `lock`.

    Of several allowed files pip prefers those whose hash the index tells, which a build on this disk has not.
    """
    line = next(line for line in requirements(lock) if line.startswith(f"{name}=="))
    pin, *hashes = line.split(" --hash=sha256:")
    with tempfile.TemporaryDirectory() as folder:
        pip("download", "--no-deps", "--only-binary", ":all:", "--dest", folder, pin.strip())
        (wheel,) = Path(folder).iterdir()
        with wheel.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if found not in [each.strip() for each in hashes]:
            sys.exit(
                fail(
                    f"Set-up stopped: {wheel.name} is not one of the files that {lock.name} allows (sha256 {found})."
                )
            )
        pip("install", "--no-deps", str(wheel))


def requirements(lock: Path) -> list[str]:
    """The requirements of a lock, each with its hashes in one line."""
    return re.sub(r" *\\\n +", " ", lock.read_text()).splitlines()


def wants_cuda() -> bool:
    """Whether the installed torch is a build for NVIDIA cards, which does not load without their libraries."""
    code = (
        "from importlib.metadata import requires; from packaging.requirements import Requirement as R; "
        "asked = [R(line) for line in requires('torch') or ()]; "
        "print(any(r.name.startswith(('nvidia-', 'cuda-')) and (r.marker is None or r.marker.evaluate({'extra': ''})) for r in asked))"
    )
    done = subprocess.run([str(PYTHON), "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip() == "True"


def fingerprint(lock: Path) -> str:
    """Changes whenever installing again could change something."""
    content = lock.read_bytes() + CUDA_LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes()
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
    environment = {"QT_QPA_PLATFORM": "offscreen", "OMP_NUM_THREADS": "1", **os.environ}
    with contextlib.ExitStack() as running:
        beside = []  # one core would be idle while these run alone
        for check in CHECKS.read_text(encoding="utf-8").splitlines():
            program, *rest = check.removesuffix("&").split()
            command = [str(PYTHON.with_name(f"{program}.exe" if WINDOWS else program)), *rest]
            if check.endswith("&"):
                told = running.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
                process = subprocess.Popen(command, cwd=ROOT, stdout=told, stderr=subprocess.STDOUT)
                running.callback(process.wait)
                running.callback(process.kill)
                beside.append((program, process, told))
            elif code := subprocess.call(command, cwd=ROOT):
                return code
        # A file of tests stays in one process, so that its fixtures are made once; slow ones come first (tests/conftest.py).
        count = min(os.cpu_count() or 1, MOST_WORKERS)
        workers = ["-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "2"]
        codes = [subprocess.call([str(PYTHON), "-m", "pytest", *workers, *arguments], cwd=ROOT, env=environment)]
        for program, process, told in beside:
            codes.append(process.wait())
            told.seek(0)
            print(f"{program}:\n{told.read().rstrip()}", flush=True)
    return next((code for code in codes if code), 0)


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
    if not PYTHON.exists() and importlib.util.find_spec("ensurepip") is None:
        missing.append("python3-venv")
    if programs:
        missing += [
            package
            for program, packages in TEST_PROGRAMS.items()
            if not shutil.which(program)
            for package in packages
        ]
        if not Path("/usr/share/fonts").is_dir() or not any(Path("/usr/share/fonts").rglob("*.ttf")):
            missing.append(TEST_FONTS)
    return missing


def write_locks(arguments: list[str]) -> int:
    """Resolves pyproject.toml afresh and writes the lock files, with uv of the version that is locked."""
    make_venv()
    lines = requirements(DEV_LOCK)
    with tempfile.TemporaryDirectory() as folder:
        only_uv = Path(folder) / "uv.txt"
        only_uv.write_text("".join(f"{line}\n" for line in lines if line.startswith("uv==")))
        install_lock(only_uv)
    return subprocess.call([str(PYTHON), str(ROOT / "installer" / "locking.py"), *arguments])


def read_lines(path: Path) -> list[str]:
    """The lines of a file, none when it does not exist."""
    return path.read_text().splitlines() if path.is_file() else []


def pip(*arguments: str) -> None:
    """Runs pip of the virtual environment; stops the program when it fails."""
    # The program asks for raw progress, to show it in its own window.
    is_told = os.environ.get("PIP_PROGRESS_BAR") == "raw"
    run([str(PYTHON), "-m", "pip", "--disable-pip-version-check", *arguments], quiet=not is_told)


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
