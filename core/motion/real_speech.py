"""Real speakers as motion targets: tracked clips → voice, and person-free mouth shapes on the speech encoder's clock."""

import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.cluster.vq import kmeans2
from scipy.interpolate import CubicSpline

from core.motion.phone_rule import TimedPhone, recognise_phones
from core.motion.shape import POSE_POINTS, PersonRange, ShapeModel, measures
from core.motion.viseme import TimedViseme, timed_visemes, visemes_of_arpabet
from core.speech.encoder import STEP_RATE
from core.speech.mel import SAMPLE_RATE

logger = logging.getLogger(__name__)

# Held out of all training, shape basis included: never heard, never seen.
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
_SOUNDLESS = ("cnn_speaker", "head_poses")
_CLUSTERS, _HELD_OUT_CLUSTERS = 40, 4
_LARGEST_YAW = 35.0

_GRID_WORDS = (
    {"b": "bin", "l": "lay", "p": "place", "s": "set"},
    {"b": "blue", "g": "green", "r": "red", "w": "white"},
    {"a": "at", "b": "by", "i": "in", "w": "with"},
    {letter: letter for letter in "abcdefghijklmnopqrstuvwxyz"},
    dict(
        zip(
            "z123456789",
            ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"),
            strict=True,
        )
    ),
    {"a": "again", "n": "now", "p": "please", "s": "soon"},
)


@dataclass(frozen=True, slots=True, eq=False)
class RealClip:
    """One talking face.

    Attributes:
        name: file stem.
        group: ``grid``, ``lrw_ar``, ``single`` or ``generated``.
        person: who; for LRW-AR a cluster of look-alike faces, since presenters are not named.
        held_out: whether only validation may use it.
        voice: (N,) float32 mono 16 kHz.
        times: (F,) float64 seconds of each video frame on the voice's clock.
        coefs: (F, K) float32 person-free shapes at `times`.
        shown: (F, len(MEASURES)) float32 measures at `times`.
        valid: (F,) bool: tracked well enough.
        range: the person's rest and range in this clip.

    """

    name: str
    group: str
    person: str
    held_out: bool
    voice: np.ndarray
    times: np.ndarray
    coefs: np.ndarray
    shown: np.ndarray
    valid: np.ndarray
    range: PersonRange


def clip_group(stem: str) -> str:
    """The set a file of the real corpus belongs to."""
    group = stem.split("__")[0]
    return "generated" if "generated_" in stem else group


def _person(stem: str, group: str) -> str:
    name = stem.split("__")[1]
    if group == "grid":
        speaker = name.split("_")[0]
        return {"s1x": "s1", "s4hq": "s4"}.get(speaker, speaker)
    return "news_reader" if name.startswith("news_reader") else name


def _face_clusters(stems: Sequence[str], heads: np.ndarray) -> dict[str, str]:
    """Groups clips of look-alike upper faces; only as good as the mesh, so “unseen presenters” is approximate."""
    flat = (heads - heads.mean(0)).reshape(len(heads), -1)
    _, _, vt = np.linalg.svd(flat, full_matrices=False)
    small = flat @ vt[:10].T
    _, labels = kmeans2(small / small.std(0) ** 0.5, min(_CLUSTERS, len(heads)), minit="++", rng=0)
    return {stem: f"presenter{label}" for stem, label in zip(stems, labels.tolist(), strict=True)}


def _upright_head(landmarks: np.ndarray) -> np.ndarray:
    """The mean of POSE_POINTS over frames, moved and scaled but turned only in the picture's plane."""
    points = landmarks[:, POSE_POINTS].mean(0)
    eyes = points[POSE_POINTS.index(263)] - points[POSE_POINTS.index(33)]
    angle = np.arctan2(eyes[1], eyes[0])
    turn = np.array([[np.cos(angle), np.sin(angle), 0], [-np.sin(angle), np.cos(angle), 0], [0, 0, 1]])
    return ((points - points.mean(0)) @ turn.T / np.linalg.norm(eyes)).astype(np.float32)


def training_files(folder: Path) -> list[Path]:
    """The main face of each usable clip in the real corpus's folder, sorted by name."""
    return [
        path for path in sorted(folder.glob("*__0.npz")) if not any(name in path.stem for name in _SOUNDLESS)
    ]


def who_is_held_out(paths: Sequence[Path]) -> dict[str, tuple[str, bool]]:
    """For each file's stem: (person, held out of training?)."""
    decided: dict[str, tuple[str, bool]] = {}
    stems, heads = [], []
    for path in paths:
        group = clip_group(path.stem)
        person = _person(path.stem, group)
        if group == "lrw_ar":
            with np.load(path) as arrays:
                heads.append(_upright_head(arrays["landmarks"]))
            stems.append(path.stem)
        else:
            name = path.stem.split("__")[1]
            decided[path.stem] = (
                person,
                person in HELD_OUT_GRID if group == "grid" else name in HELD_OUT_SINGLES,
            )
    if stems:
        clusters = _face_clusters(stems, np.stack(heads))
        sizes = {name: list(clusters.values()).count(name) for name in set(clusters.values())}
        # Middling clusters: neither outliers of the tracking nor the most frequent presenter.
        ranked = sorted(sizes, key=lambda name: (sizes[name], name))
        middle = len(ranked) // 2
        out = set(ranked[middle : middle + _HELD_OUT_CLUSTERS])
        decided.update({stem: (cluster, cluster in out) for stem, cluster in clusters.items()})
    return decided


def read_clip(path: Path, model: ShapeModel, person: str, held_out: bool) -> RealClip | None:
    """One file as a motion target, or None when it has no sound or no well-tracked second."""
    with np.load(path) as arrays:
        voice = arrays["audio"].astype(np.float32) / 32768
        landmarks, times = arrays["landmarks"], arrays["times"]
        quality, yaw = arrays["quality"], arrays["pose"][:, 0]
    if len(voice) < SAMPLE_RATE // 2 or float(np.abs(voice).max(initial=0.0)) < 1e-3:
        return None
    valid = (quality > 0.5) & (np.abs(yaw) < _LARGEST_YAW)
    if valid.sum() < 20:
        return None
    local = model.local(landmarks)
    person_range = model.person_range_of_local(local, np.where(valid, quality, 0.0))
    coefs = person_range.apply(model.encode_local(local))
    group = clip_group(path.stem)
    return RealClip(
        path.stem, group, person, held_out, voice, times, coefs, measures(local), valid, person_range
    )


def on_steps(
    times: np.ndarray, values: np.ndarray, valid: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """`values` (F, K) at `times` resampled to `count` steps of 1/50 s: (count, K) float32 and (count,) bool validity."""
    steps = np.arange(count) / STEP_RATE
    good = np.flatnonzero(valid)
    inside = (steps >= times[good[0]]) & (steps <= times[good[-1]])
    nearest = np.abs(steps[:, None] - times[good][None]).min(1) if len(good) else np.full(count, np.inf)
    spline = CubicSpline(times[good], values[good], axis=0, extrapolate=False)
    return np.nan_to_num(spline(steps)).astype(np.float32), inside & (nearest < 0.05)


def grid_words(stem: str) -> str | None:
    """The six words of a GRID sentence from its file name, or None."""
    match = re.search(r"_([blps][bgrw][abiw][a-z][z1-9][anps])(?:_|$)", stem)
    return (
        " ".join(table[letter] for table, letter in zip(_GRID_WORDS, match[1], strict=True))
        if match
        else None
    )


def phones_of(clip: RealClip) -> tuple[TimedViseme, ...]:
    """What sounds when in an English clip, by pocketsphinx: aligned to the known words of GRID, else free recognition."""
    words = grid_words(clip.name)
    phones = (align_phones(clip.voice, words) if words else ()) or recognise_phones(clip.voice)
    return timed_visemes([(visemes_of_arpabet(item.phone), item.start, item.end) for item in phones])


def align_phones(voice: np.ndarray, words: str) -> tuple[TimedPhone, ...]:
    """The phones of `words` where pocketsphinx finds them in `voice`; empty when they do not fit."""
    import pocketsphinx

    samples = (np.clip(voice, -1, 1) * 32767).astype(np.int16).tobytes()
    decoder = pocketsphinx.Decoder(samprate=float(SAMPLE_RATE), loglevel="FATAL")
    decoder.set_align_text(words)

    def decode() -> None:
        decoder.start_utt()
        decoder.process_raw(samples, full_utt=True)
        decoder.end_utt()

    try:
        decode()
        if decoder.hyp() is None:
            return ()
        decoder.set_alignment()
        decode()
    except RuntimeError as error:  # pocketsphinx's way of saying that the words do not fit the sound
        logger.info("no alignment for “%s”: %s", words, error)
        return ()
    alignment = decoder.get_alignment()
    if alignment is None:
        return ()
    return tuple(
        TimedPhone(
            "SIL" if phone.name.startswith(("SIL", "+")) else phone.name.rstrip("0123456789"),
            phone.start / 100,
            (phone.start + phone.duration) / 100,
        )
        for word in alignment
        for phone in word
    )
