"""Which people of the tracked corpus no network is trained on, whatever it learns; every network's figures use them.

One list for all, because networks are built on each other: a scorer that hears the speech encoder is only measured on
strangers where the encoder was not taught with them either.
"""

from collections.abc import Iterable
from dataclasses import dataclass

HELD_OUT_GRID = ("s4", "s33")
HELD_OUT_SINGLES = (
    "german_speaker",
    "speaker_flags",
    "flags_woman",
    "saeed5959_high_sync_s17_main",
    "yerfor_MimicTalk_data_raw_examples_May_5s",
    "ai-forever_ghost_examples_videos_obama_short",
    "address_crop",  # the same man as the line above
    "SadTalker_test_examples_source_image_WDA_BobMenendez_000",
    "SkyworkAI_SkyReels-A1_assets_driving_video_2",
    "angz-nju-cuhk_Talking-Face_PC-AVS_misc_Pose_Source_00473",
    "-nju-cuhk_Talking-Face_PC-AVS_misc_Pose_Source_731200067",
    "podium_man",
)
# LRW-AR names no presenters. These words are four of 40 clusters of look-alike upper faces (k-means over the mesh), so a
# presenter may still be on both sides. Written down rather than clustered again: the speech encoder and the motion network
# that ship were trained without exactly these.
HELD_OUT_LRW_VIDEOS = frozenset(
    (  # noqa: SIM905
        "00221 00240 00873 01019 01343 01360 01419 01632 01956 02061 02372 02385 02395 02869 03020 03203 "
        "03216 03278 03420 03434 04089 04211 04257 04269 04294 04444 04587 04697 04726 05636 05665 05679 "
        "05684 06137 06635 07146 07247 07249 07251 07514 07519 07697 07876 08008 08092 08093 08189 08239 "
        "08529 08590 08632 08881 09428 09462 09613 09655 09851 10187 10393 10604 10619 10627 10644 10983 "
        "10987 10992 11009 11015 11186 11187 11226 11783 11785 11800 11816 11840 12061 12235 12243 13187 "
        "13579 13580 14030 14049 14082 14088 14214 14450 14840 15312 15625 15684 15787 16052 16073 16106 "
        "16424 16608 16645 16833 16867 17140 17145 17186 17514 17768 18010 18159 18160 18196 18224 18414 "
        "18852 18854 19025 19568 19603 19831 19835 19866 "
    ).split()
)
HELD_OUT_LRW_WORDS = frozenset(
    {"a01802", "a02412", "a02609", "a03107", "a12022", "a12311", "a12525", "a13075", "a13368"}
)

NOT_LICENSED_SINGLES = (
    "hieubkvn123_face_recognition_videos_biden",
    "SkyworkAI_SkyReels-A1_assets_driving_video_2",
)
"""Single clips whose repository names no licence, or none that allows every use: for measuring only."""

HELD_OUT_PEOPLE = ("pc_avs_Audio_Source_00104", "pc_avs_Pose_Source_741400163")
"""Of the people collected later (the folder ``people``): one who only measures, told off by a hash of his name."""
_BBC = "deep_avsr_"  # LRS2's speakers: the repository is open, the broadcaster's terms allow research only

_ALSO_HELD_OUT = ("choijeongsoo_av2av_videos_12",)  # the man of WDA_BobMenendez_000, in the same room
_PAINTED = ("studio_mona",)  # a speaking Mona Lisa
_SAME_PERSON = {
    "choijeongsoo_av2av_videos_12": "SadTalker_test_examples_source_image_WDA_BobMenendez_000",
    "address_crop": "ai-forever_ghost_examples_videos_obama_short",
    "pc_avs_Pose_Source_741400163": "pc_avs_Audio_Source_00104",
}


def clip_group(name: str) -> str:
    """The set a clip of the tracked corpus belongs to: ``grid``, ``lrw_ar``, ``single``, ``people`` or ``generated``."""
    return "generated" if "generated_" in name or _clip(name) in _PAINTED else name.split("__")[0]


def _clip(name: str) -> str:
    """The middle of ``group__clip__face``; any other name is its own clip."""
    parts = name.split("__")
    return parts[1] if len(parts) > 2 else name


def person_of(name: str) -> str:
    """Who is seen in a clip, by its file's stem (``group__clip__face``); every LRW-AR word counts as somebody else."""
    clip = _clip(name)
    if clip_group(name) == "grid":
        speaker = clip.split("_")[0]
        return {"s1x": "s1", "s4hq": "s4"}.get(speaker, speaker)
    return "news_reader" if clip.startswith("news_reader") else _SAME_PERSON.get(clip, clip)


def is_held_out(name: str) -> bool:
    """Whether the clip with this file stem is for measuring only."""
    group, clip = clip_group(name), _clip(name)
    if group == "grid":
        return person_of(name) in HELD_OUT_GRID
    if group == "lrw_ar":
        return clip.removeprefix("Dataset_Video_") in HELD_OUT_LRW_VIDEOS or clip in HELD_OUT_LRW_WORDS
    if group == "people":
        return clip in HELD_OUT_PEOPLE or clip.startswith(_BBC)
    return clip in HELD_OUT_SINGLES


def is_licensed(name: str) -> bool:
    """Whether the clip with this file stem is under an open licence.

    LRW-AR is television footage for which no licence was found, LRS2's films are a broadcaster's: both measure and teach
    nothing.
    """
    clip = _clip(name)
    return clip_group(name) != "lrw_ar" and clip not in NOT_LICENSED_SINGLES and not clip.startswith(_BBC)


def may_train(name: str) -> bool:
    """Whether the clip with this file stem may teach what ships: nobody who is held out, and under an open licence."""
    return not is_held_out(name) and _clip(name) not in _ALSO_HELD_OUT and is_licensed(name)


def may_calibrate(name: str) -> bool:
    """Whether the clip with this file stem may say how sure a trained network is: held out, and under an open licence."""
    return is_held_out(name) and is_licensed(name)


@dataclass(frozen=True, slots=True)
class Split:
    """Names of the clips to train on and to validate on; no person is knowingly in both."""

    training: tuple[str, ...]
    validation: tuple[str, ...]


def split_clips(names: Iterable[str]) -> Split:
    """Sorts clips by whether they may be trained on and whether they are held out; some are neither."""
    names = sorted(names)
    return Split(
        tuple(name for name in names if may_train(name)),
        tuple(name for name in names if is_held_out(name)),
    )
