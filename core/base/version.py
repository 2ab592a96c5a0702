"""Which version this is. The number stands in pyproject.toml and nowhere else."""

from importlib.metadata import PackageNotFoundError, version


def program_version() -> str:
    """The installed version, or "development" where the program runs without having been installed."""
    try:
        return version("unisync-studio")
    except PackageNotFoundError:
        return "development"
