# ruff: noqa: SIM905 - lists of letters in a dozen scripts read better as words
"""Phone-timed training speech: sentences and invented words in many languages, spoken by many synthetic voices."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr

from core.motion.viseme import TimedViseme, timed_visemes, visemes_of_ipa
from core.research.corpus import espeak
from core.research.corpus.phones import SILENCE
from core.speech.mel import SAMPLE_RATE

# Syllable building blocks per script: first sounds, then vowels. Invented words cover phone pairs that few sentences do.
_LATIN = ("b d f g k l m n p r s t v z m b p".split(), "a e i o u".split())
_SCRIPTS: dict[str, tuple[list[str], list[str]]] = {
    "ru": ("б в г д ж з к л м н п р с т ф х ц ч ш м б п".split(), "а е и о у ы ю я".split()),
    "el": ("β γ δ ζ θ κ λ μ ν π ρ σ τ φ χ μπ".split(), "α ε ι ο ου".split()),
    "ar": ("ب ت ج ح د ر ز س ش ف ق ك ل م ن ه ب م".split(), "َا ِي ُو َ ِ ُ".split()),
    "hi": ("क ग च ज ट ड त द न प ब म य र ल व श स ह भ".split(), "ा ि ी ु ू े ो".split()),
    "ja": (
        "か き く け こ さ し す せ そ た ち つ て と な に ぬ ね の は ひ ふ へ ほ ま み む め も ら り る れ ろ わ ば び ぶ べ ぼ ぱ ぴ ぷ ぺ ぽ".split(),
        ["", "", "ん", "あ", "い", "う"],
    ),
    "ko": (
        "바 마 파 부 모 피 가 나 다 라 사 자 차 카 하 그 는 리 시 지 고 도 로 소 우 무 후 여 야 예 워".split(),
        ["", "", "", "이", "오", "으"],
    ),
    "cmn-latn-pinyin": (
        "b p m f d t n l g k h j q x zh ch sh r z c s w y".split(),
        "a1 ai2 an3 ang4 ao1 e2 ei3 en4 i1 in2 ing3 o4 ong1 ou2 u3".split(),
    ),
}
_LATIN_VOICES = (
    "en-us",
    "en-gb-x-rp",
    "de",
    "fr",
    "es",
    "it",
    "pt-br",
    "nl",
    "pl",
    "tr",
    "fi",
    "sv",
    "cs",
    "hu",
    "id",
)

SENTENCES: dict[str, tuple[str, ...]] = {
    "en-us": (
        "Bob might buy a new pair of boots before the big match, but maybe he would prefer the old ones.",
        "The problem is that people very often forget what they promised five minutes ago.",
        "We were waiting for a while when the phone began to ring, and nobody wanted to move.",
        "My mother used to say: never put off until tomorrow what you may finish before supper.",
        "Good evening, and welcome to the program; here is what happened in the world today.",
        "Could you show me how much it would be to have this thing fixed by Monday morning?",
    ),
    "en-gb-x-rp": (
        "Place blue by F two now. Bin green at M nine please. Set white with B four again. Lay red in V zero soon.",
        "Put the apple above the fireplace and give the puppy a bowl of warm milk.",
        "Those three brothers thought that nothing was worth the trouble of leaving home.",
    ),
    "de": (
        "Guten Abend, meine Damen und Herren, ich begrüße Sie zu den Nachrichten des Tages.",
        "Am Morgen war es noch kühl, aber bald würde die Sonne über den Bergen aufgehen.",
        "Wir müssen überlegen, ob wir mit dem Bus fahren oder lieber zu Fuß gehen wollen.",
    ),
    "fr": (
        "Bonjour à tous, nous allons parler aujourd'hui de la musique et du beau temps.",
        "Je voudrais bien prendre le petit bateau blanc pour faire le tour de la baie.",
        "Personne ne peut prévoir ce que le vent apportera demain matin.",
    ),
    "es": (
        "Buenos días, me llamo Pablo y vivo en un pueblo pequeño cerca del mar.",
        "El problema es que nadie sabe muy bien qué hacer cuando empieza a llover.",
    ),
    "it": (
        "Buongiorno a tutti, vorrei un bicchiere d'acqua e un piatto di pasta al pomodoro.",
        "Mia nonna abita in una bella casa bianca vicino al fiume.",
    ),
    "pt-br": ("Bom dia, meu amigo, vamos beber um café e falar um pouco sobre o futebol.",),
    "nl": ("Goedemorgen, wij beginnen vandaag met een mooi verhaal over de zee en de wind.",),
    "pl": ("Dzień dobry państwu, proszę powiedzieć, gdzie jest najbliższa piekarnia.",),
    "tr": ("Merhaba, bugün hava çok güzel, beraber parka gidip biraz yürüyelim mi?",),
    "fi": ("Hyvää huomenta, minä menen tänään kauppaan ja ostan maitoa, leipää ja voita.",),
    "ru": (
        "Добрый вечер, в эфире новости. Сегодня мы будем говорить о погоде и музыке.",
        "Мама мыла раму, а папа пил чай и смотрел футбол по телевизору.",
    ),
    "ar": (
        "مَرْحَباً بِكُمْ فِي نَشْرَةِ الأَخْبَارِ، نَبْدَأُ بِأَهَمِّ الأَنْبَاءِ.",
        "يُحِبُّ أَبِي أَنْ يَشْرَبَ القَهْوَةَ فِي الصَّبَاحِ البَاكِرِ.",
        "قَالَ الرَّئِيسُ إِنَّ الحُكُومَةَ سَتَبْحَثُ المَوْضُوعَ يَوْمَ الأَحَدِ.",
        "وَصَلَ وَفْدٌ مِنَ الأُمَمِ المُتَّحِدَةِ إِلَى العَاصِمَةِ مَسَاءَ اليَوْمِ.",
        "تَسْتَمِرُّ المُفَاوَضَاتُ بَيْنَ الطَّرَفَيْنِ بَعْدَ شَهْرٍ مِنَ التَّوَقُّفِ.",
        "أَفَادَتْ مَصَادِرُ طِبِّيَّةٌ بِأَنَّ عَدَدَ المُصَابِينَ ارْتَفَعَ.",
        "فِي الرِّيَاضَةِ فَازَ المُنْتَخَبُ بِثَلَاثَةِ أَهْدَافٍ مُقَابِلَ هَدَفٍ وَاحِدٍ.",
        "يَبْدُو أَنَّ الطَّقْسَ سَيَكُونُ بَارِداً وَمُمْطِراً فِي الشَّمَالِ.",
        "بَحَثَ وُزَرَاءُ الخَارِجِيَّةِ الأَزْمَةَ فِي المِنْطَقَةِ وَسُبُلَ حَلِّهَا.",
        "مِنَ المُقَرَّرِ أَنْ يُعْقَدَ المُؤْتَمَرُ فِي بَارِيسَ مَطْلَعَ الشَّهْرِ المُقْبِلِ.",
        "أُمِّي تَطْبُخُ الطَّعَامَ وَأَخِي يَقْرَأُ كِتَاباً فِي الحَدِيقَةِ.",
        "هَلْ يُمْكِنُكَ أَنْ تُسَاعِدَنِي فِي حَمْلِ هٰذِهِ الحَقِيبَةِ الثَّقِيلَةِ؟",
    ),
    "hi": ("नमस्ते, आज मौसम बहुत अच्छा है और हम बाज़ार जा रहे हैं।",),
    "ja": ("おはようございます、ぼくのなまえはまもるです。きょうはうみへいきましょう。",),
    "ko": ("안녕하세요 여러분, 오늘은 바람이 많이 불고 비가 올 것 같습니다.",),
    "cmn-latn-pinyin": (
        "da4 jia1 hao3 , jin1 tian1 wo3 men5 yao4 shuo1 yi1 shuo1 bei3 jing1 de5 tian1 qi4 .",
    ),
    "el": ("Καλημέρα σας, σήμερα θα μιλήσουμε για τη μουσική και τον καιρό.",),
}
_SPEAKERS = (
    "",
    "m1",
    "m3",
    "m5",
    "m7",
    "f1",
    "f2",
    "f3",
    "f4",
    "f5",
    "klatt",
    "klatt2",
    "klatt4",
    "whisper",
    "Andy",
    "Alicia",
    "Gene",
    "linda",
)


@dataclass(frozen=True, slots=True, eq=False)
class PhoneUtterance:
    """One labelled piece of speech: `voice` (N,) float32 mono 16 kHz, what sounds when, its language."""

    voice: np.ndarray
    visemes: tuple[TimedViseme, ...]
    language: str


def invented_words(language: str, rng: np.random.Generator, count: int) -> str:
    """`count` words that do not exist, in the script of `language`, with a comma now and then."""
    firsts, vowels = _SCRIPTS.get(language, _LATIN)
    words = []
    for _ in range(count):
        syllables = ["".join((rng.choice(firsts), rng.choice(vowels))) for _ in range(rng.integers(1, 4))]
        separator = " " if language.startswith("cmn") else ""
        words.append(separator.join(syllables) + ("," if rng.random() < 0.15 else ""))
    return " ".join(words) + "."


def languages() -> tuple[str, ...]:
    """Every language the corpus speaks, as espeak-ng voice names."""
    return tuple(sorted({*SENTENCES, *_SCRIPTS, *_LATIN_VOICES}))


def utterances(seed: int, only: Sequence[str] | None = None) -> Iterator[PhoneUtterance]:
    """Endless labelled speech in the languages `only` (all by default), the same for the same seed.

    Raises:
        ModelError: espeak-ng is not installed.

    """
    rng = np.random.default_rng(seed)
    names = languages() if only is None else tuple(only)
    while True:
        language = str(rng.choice(names))
        speaker = str(rng.choice(_SPEAKERS))
        known = SENTENCES.get(language, ())
        text = (
            str(rng.choice(known))
            if known and rng.random() < 0.4
            else invented_words(language, rng, int(rng.integers(4, 9)))
        )
        spoken = spoken_text(
            text,
            f"{language}+{speaker}" if speaker else language,
            words_per_minute=int(rng.integers(110, 240)),
            pitch=int(rng.integers(10, 90)),
            melody=int(rng.integers(20, 90)),
        )
        if len(spoken[0]) >= 8000 and spoken[1]:
            yield PhoneUtterance(*spoken, language)


def spoken_text(
    text: str, voice: str, *, words_per_minute: int = 170, pitch: int = 50, melody: int = 50
) -> tuple[np.ndarray, tuple[TimedViseme, ...]]:
    """`text` in an espeak-ng voice such as ``"fr"`` or ``"en-us+f3"``: (N,) float32 mono 16 kHz, and what sounds when.

    Args:
        text: in the voice's own script.
        voice: language, optionally ``+`` a speaker variant.
        words_per_minute: 80..450.
        pitch: 0..99.
        melody: 0..99, how much the pitch moves.

    Raises:
        ModelError: espeak-ng is not installed.
        SettingsError: there is no such voice.
    """
    sound, rate, phones = espeak.speak(
        text,
        voice,
        speed=words_per_minute / espeak.WORDS_PER_MINUTE,
        pitch=pitch / 50,
        pitch_range=melody / 50,
    )
    named = [
        ("" if phone.ipa == SILENCE else phone.ipa.strip("ˈˌ _:|'"), phone.start, phone.end)
        for phone in phones
    ]
    timed = timed_visemes([(visemes_of_ipa(ipa), start, end) for ipa, start, end in named])
    return soxr.resample(sound, rate, SAMPLE_RATE).astype(np.float32), timed
