"""Makes the sample clip and dub that ship with the program: a rendered speaker, synthetic voices, nobody's likeness."""

import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import soxr

from core.research.corpus.finish import add_grain, blurred_room, to_srgb8
from core.research.corpus.hair import HairSheet
from core.research.corpus.head_renderer import Camera, HeadRenderer, Lighting
from core.research.corpus.heads import Head, HeadSheet
from core.research.corpus.performance import perform
from core.research.corpus.skin import SkinSheet
from core.research.corpus.speech import SpeakingStyle, Speech, padded, speak, voice
from core.research.corpus.visemes import viseme_curves

FPS = 25
WIDTH, HEIGHT = 1280, 720
SOUND_RATE = 48_000
SPOKEN = (
    "Welcome to the studio. Before we move on, let me show you how five small words can change the whole picture. "
    "Bring me a new voice, and my mouth will follow."
)
DUBBED = (
    "Good evening, my friends. Please keep watching my lips, because every phrase that you hear now "
    "was spoken by somebody else. Is it not amazing?"
)
_OVERSAMPLING = 1.5  # each way; cheaper in software than multisampling, and it smooths highlights too
_LOWER_VOICE = (
    1.09  # playing a voice this much slower lowers pitch and resonances alike: another, larger speaker
)

SHEET = HeadSheet(
    skin=SkinSheet(tone=0.30, redness=0.5, lip=0.75),
    hair=HairSheet(style="parted"),
    jaw_width=-0.07,
    lip_fullness=0.25,
    eye_size=0.12,
    brow_strength=0.75,
)
LIGHTING = Lighting(
    np.array([[-0.55, 0.55, 0.75], [0.8, 0.15, 0.6], [0.5, 0.5, -0.8], [-0.7, 0.3, -0.8]]),
    np.array([[0.95, 0.88, 0.80], [0.20, 0.22, 0.27], [0.9, 0.85, 0.8], [0.4, 0.45, 0.55]]),
    np.array([0.20, 0.21, 0.235]),
    np.array([0.14, 0.12, 0.11]),
    0.10,
)


@dataclass(frozen=True, slots=True, eq=False)
class SampleScript:
    """What is said and shown: the clip's own speech, the dub, and the frames' times."""

    own: Speech
    dub: Speech
    times: np.ndarray


def sample_script() -> SampleScript:
    """The speech of clip and dub, with the phones' times."""
    own = padded(speak(SPOKEN, voice("flite-slt"), SpeakingStyle(speed=0.97)), 0.25, 0.25)
    said = speak(DUBBED, voice("flite-slt"), SpeakingStyle(speed=0.97 * _LOWER_VOICE))
    frames = round(own.duration * FPS)
    lowered = soxr.resample(said.samples, said.rate, said.rate * _LOWER_VOICE).astype(np.float32)
    dub = padded(Speech(lowered, said.rate, (), said.text, said.voice), 0.25, 0.25)
    return SampleScript(own, dub, (np.arange(frames) + 0.5) / FPS)


def render_frames(script: SampleScript, frames: range, folder: Path) -> None:
    """Writes the pictures `frames` as ``%05d.png`` into `folder`; frames already there are kept."""
    scale = _OVERSAMPLING
    width, height = round(WIDTH * scale), round(HEIGHT * scale)
    curves = viseme_curves(script.own.phones, script.times, articulation=1.3)
    moments = perform(script.own.phones, script.times, seed=11)
    backdrop = blurred_room(width, height, seed=4)
    camera = Camera(width, height, 215 * scale, (width / 2, 0.42 * height))
    with HeadRenderer(width, height, samples=0) as renderer:
        head = Head(SHEET, renderer, levels=2, strands=1.0)
        for i in frames:
            target = folder / f"{i:05d}.png"
            if target.exists():
                continue
            linear = head.draw(curves.values[i], moments[i], camera, LIGHTING, backdrop).rgb
            # Tone curve before shrinking: highlights on hair would flicker otherwise.
            small = cv2.resize(to_srgb8(linear), (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
            small = add_grain(small, 1.0, np.random.default_rng(i))
            beside = target.with_suffix(".part.png")
            cv2.imwrite(str(beside), small[..., ::-1])
            os.replace(beside, target)


def studio_sound(speech: Speech) -> np.ndarray:
    """(N, 1) int16 at 48 kHz: the voice at −20 dB RMS with the quiet bloom of a small treated room."""
    rng = np.random.default_rng(0)
    sound = soxr.resample(speech.samples, speech.rate, SOUND_RATE)
    tail = rng.normal(0, 1, int(0.12 * SOUND_RATE)) * np.exp(
        -np.arange(int(0.12 * SOUND_RATE)) / (0.025 * SOUND_RATE)
    )
    tail[: int(0.004 * SOUND_RATE)] = 0
    from scipy.signal import fftconvolve  # slow to import

    sound = sound + 0.0028 * fftconvolve(sound, tail)[: len(sound)]
    sound = sound + rng.normal(0, 2e-4, len(sound))
    sound *= 0.1 / max(float(np.sqrt(np.mean(sound[np.abs(sound) > 0.01] ** 2))), 1e-6)
    return (np.clip(sound, -0.99, 0.99) * 32767).astype(np.int16)[:, None]


def write_sample(script: SampleScript, pictures: Path, out: Path) -> None:
    """``sample.mp4`` and ``dub.wav`` in `out` from the pictures of `render_frames`."""
    from scipy.io import wavfile

    with tempfile.TemporaryDirectory() as folder:
        own, dub, clip = (Path(folder) / name for name in ("own.wav", "dub.wav", "sample.mp4"))
        frames = len(script.times)
        sound = studio_sound(script.own)
        length = round(frames * SOUND_RATE / FPS)
        sound = np.pad(sound, ((0, max(0, length - len(sound))), (0, 0)))[:length]
        wavfile.write(own, SOUND_RATE, sound)
        wavfile.write(dub, SOUND_RATE, studio_sound(script.dub))
        subprocess.run(
            [
                *("ffmpeg", "-v", "error", "-y", "-framerate", str(FPS), "-i", str(pictures / "%05d.png")),
                *(
                    "-i",
                    str(own),
                    "-c:v",
                    "libx264",
                    "-preset",
                    "medium",
                    "-b:v",
                    "4200k",
                    "-pix_fmt",
                    "yuv420p",
                ),
                *(
                    "-vf",
                    "scale=out_color_matrix=bt709:out_range=tv",
                    "-colorspace",
                    "bt709",
                    "-color_primaries",
                    "bt709",
                ),
                *("-color_trc", "bt709", "-c:a", "aac", "-b:a", "160k", "-movflags", "+faststart", str(clip)),
            ],
            check=True,
        )
        for file in (clip, dub):
            beside = out / (file.name + ".part")
            beside.write_bytes(file.read_bytes())
            os.replace(beside, out / file.name)
