import tomllib

import pytest

from app.main import main
from core.base.models import PROGRAM_ROOT


def test_the_command_tells_the_version_of_pyproject(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((PROGRAM_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out.strip() == f"UniSync Studio {project['version']}"


def test_the_changelog_tells_what_this_version_brought() -> None:
    project = tomllib.loads((PROGRAM_ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    changes = (PROGRAM_ROOT / "CHANGELOG.md").read_text("utf-8")
    assert changes.index("\n## [Unreleased]\n") < changes.index(f"\n## [{project['version']}]")
