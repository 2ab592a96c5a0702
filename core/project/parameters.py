"""The sliders as data: what each setting of a segment is called, its unit and its range. Panels are built from this."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Literal

from core.lip_engine import LipSettings
from core.project.model import BlendSettings

ParameterKind = Literal["slider", "flag", "choice", "seed"]
Group = Literal["lips", "blend"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One setting.

    Attributes:
        name: field of `LipSettings` or `BlendSettings`, by `group`.
        title, help: English, translated where they are shown (context "Parameters").
        unit: shown behind the value.
        scale: the shown value is the setting times this (0.08 mouth widths are shown as 8 %).
        choices: (value, title) of a choice.
    """

    name: str
    group: Group
    kind: ParameterKind
    title: str
    help: str
    unit: str = ""
    minimum: float = 0.0
    maximum: float = 1.0
    step: float = 0.01
    scale: float = 1.0
    decimals: int = 0
    choices: tuple[tuple[str, str], ...] = ()

    @property
    def default(self) -> object:
        """The value of untouched settings."""
        kind = LipSettings if self.group == "lips" else BlendSettings
        return next(each.default for each in fields(kind) if each.name == self.name)


_MOUTH = "% of mouth"

PARAMETERS: tuple[Parameter, ...] = (
    Parameter("preset", "lips", "choice", "Quality", "Draft is faster; final is what an export should use.",
              choices=(("draft", "Draft"), ("final", "Final"))),
    Parameter("silence", "lips", "choice", "In silence", "What the mouth does while the dub is silent.",
              choices=(("close", "Close the mouth"), ("original", "Keep the original"), ("model", "Leave it to the model"))),
    Parameter("articulation", "lips", "slider", "Articulation", "How strongly the mouth moves.", "%", 0.5, 1.5, 0.05, 100),
    Parameter("max_yaw", "lips", "slider", "Fade out beyond",
              "Turned further than this, the face shows the original lips.", "°", 10, 90, 1, 1),
    Parameter("seed", "lips", "seed", "Seed", "Another number gives another take.", "", 0, 99999, 1, 1),
    Parameter("style", "lips", "slider", "Own style",
              "How far the manner learnt from the person's own speech in the film is taken on.", "%", 0.0, 1.0, 0.05, 100),
    Parameter("breath", "lips", "slider", "Breath", "How far the lips part for a breath before each phrase.", "%", 0.0, 1.0, 0.05, 100),
    Parameter("grow", "blend", "slider", "Grow", "Widens the region around the mouth.", _MOUTH, 0.0, 0.6, 0.01, 100),
    Parameter("feather", "blend", "slider", "Feather", "How softly the region runs out.", _MOUTH, 0.0, 0.5, 0.01, 100),
    Parameter("chin", "blend", "slider", "Chin edge", "Moves the lower edge down, or up when negative.", _MOUTH, -0.6, 0.6, 0.01, 100),
    Parameter("upper_lip", "blend", "slider", "Upper lip edge", "Moves the upper edge up, or down when negative.", _MOUTH, -0.4, 0.4, 0.01, 100),
    Parameter("strength", "blend", "slider", "Strength", "How much of the new lips is mixed in.", "%", 0.0, 1.0, 0.01, 100),
    Parameter("colour_match", "blend", "flag", "Match colours", "Fits the new lips to the skin around them."),
    Parameter("occlusion_guard", "blend", "flag", "Guard occlusions", "Keeps hands and microphones in front of the mouth."),
)  # fmt: skip
BY_NAME: Mapping[str, Parameter] = {parameter.name: parameter for parameter in PARAMETERS}
