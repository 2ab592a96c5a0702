import itertools

import numpy as np
import pytest

from core.research.corpus.phones import SILENCE
from core.research.corpus.speech import VOICES, SpeakingStyle, join, padded, speak, voice
from tests import needs

needs_programs = needs.voices
ONE_OF_EACH = ("flite-slt", "festival-kal", "espeak-de+f2")


def test_there_are_enough_voices_and_languages():
    assert len(VOICES) >= 12
    assert len({v.language for v in VOICES}) >= 5
    assert len({v.id for v in VOICES}) == len(VOICES)


@needs_programs
@pytest.mark.parametrize("voice_id", ONE_OF_EACH)
def test_phones_cover_the_sound_in_order(voice_id):
    speech = speak("Papa, mama.", voice(voice_id))
    phones = speech.phones
    assert phones[0].start == 0.0
    assert phones[-1].end == pytest.approx(speech.duration, abs=0.02)
    for before, after in itertools.pairwise(phones):
        assert before.end == pytest.approx(after.start)
    assert [p.ipa for p in phones].count("p") == 2
    assert [p.ipa for p in phones].count("m") == 2


@needs_programs
@pytest.mark.parametrize("voice_id", ONE_OF_EACH)
def test_pauses_are_quieter_than_vowels(voice_id):
    speech = speak("Papa. Mama.", voice(voice_id))

    def level(wanted) -> float:
        pieces = [
            speech.samples[int(p.start * speech.rate) : int(p.end * speech.rate)]
            for p in speech.phones
            if wanted(p.ipa)
        ]
        return float(np.sqrt(np.mean(np.concatenate(pieces) ** 2)))

    assert level(lambda ipa: ipa == SILENCE) < 0.2 * level(lambda ipa: ipa[0] in "aɑæ")


@needs_programs
def test_the_same_text_sounds_the_same_twice():
    first, second = (speak("Guten Tag.", voice("espeak-de")) for _ in range(2))
    assert np.array_equal(first.samples, second.samples)
    assert first.phones == second.phones


@needs_programs
@pytest.mark.parametrize("voice_id", ONE_OF_EACH)
def test_speed_shortens(voice_id):
    slow, fast = (speak("Hello my friend.", voice(voice_id), SpeakingStyle(speed=s)) for s in (0.8, 1.3))
    assert fast.duration < 0.8 * slow.duration


@needs_programs
def test_join_and_padding_keep_the_phones_on_the_sound():
    a, b = speak("Hello.", voice("flite-slt")), speak("Goodbye.", voice("flite-slt"))
    both = padded(join([a, b], 0.3), 0.2, 0.1)
    assert both.duration == pytest.approx(a.duration + b.duration + 0.6, abs=1e-3)
    assert both.phones[-1].end == pytest.approx(both.duration, abs=1e-6)
    assert both.phones[0].start == 0
