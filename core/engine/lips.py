"""Which lip engines there are and are ready to be used."""

from core.engine.device import Device
from core.errors import SettingsError
from core.lip_engine import LipEngine

READY_ENGINES = ("own-mouth",)


def load_engine(name: str, device: Device) -> LipEngine:
    """The lip engine called `name`; ``auto`` is the one that measured best.

    Raises:
        SettingsError: there is no such engine, or it is not ready.
    """
    if name in ("auto", "own-mouth"):
        from core.own_mouth.engine import OwnMouthEngine

        return OwnMouthEngine()
    raise SettingsError(
        f"There is no lip engine “{name}”.", hint=f"Use one of: auto, {', '.join(READY_ENGINES)}."
    )
