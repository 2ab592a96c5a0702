"""Sentences to speak: natural ones from templates, and made-up words that cover every pair of phonemes."""

import numpy as np

_ENGLISH = {
    "who": "the baker|my brother|a young pilot|our mayor|the violinist|her uncle|a wise judge|the fisherman|their boss|Sophie|"
    "the old farmer|my best friend|a famous chef|the happy child|every visitor|the woman in blue",
    "does": "moved|found|wrapped|brought|bought|watched|opened|washed|praised|forgot|measured|followed|weighed|chose|fixed|"
    "borrowed|showed|thanked|helped|remembered",
    "what": "five purple boxes|the heavy film camera|a bowl of warm soup|some very fresh bread|the broken window|"
    "both umbrellas|a cup of black coffee|the puppy|another ship model|a thousand feathers|the yellow bicycle|"
    "my favourite jacket|these old photographs|a thick blue book|the orange juice|every rough edge",
    "where": "before the meeting|by the river|above the village|from the market|after breakfast|with both hands|"
    "behind the church|for my mother|under the bridge|in the theatre|near the boathouse|without a word|"
    "at five o'clock|on Thursday evening|through the fog|among the palm trees",
    "end": "and we all laughed|but nobody knew why|so the show began|because it was beautiful|which made me smile|"
    "though the weather was awful|and that was enough|until the music stopped",
}
_OTHER = {
    "de": "Guten Abend, meine Freunde.|Fünf schöne Bäume blühen am Fluss.|Wir haben heute viel zu tun.|Bitte öffnen Sie das Fenster.|"
    "Der Bäcker backt frisches Brot.|Möchtest du mit uns ins Kino gehen?|Das Wetter bleibt vermutlich warm.|Meine Mutter kauft Äpfel und Pflaumen.",
    "fr": "Bonjour, un bon vin blanc, s'il vous plaît.|Ma mère prépare une soupe chaude.|Nous partons demain matin pour Paris.|"
    "Le petit garçon joue avec son chien.|Je voudrais une chambre avec vue.|Beaucoup de monde attend devant le musée.",
    "es": "Buenos días, amigos míos.|Mi mamá compra pan y pescado.|Vamos a ver la película mañana.|El barco blanco vuelve al puerto.|"
    "Por favor, abra la ventana.|Me gusta mucho la música de este pueblo.",
    "it": "Buongiorno, come stai oggi?|Mia madre compra pane e vino.|Andiamo al mare domani mattina.|Il bambino gioca nel parco.|"
    "Vorrei un bicchiere di acqua fresca.|Che bella giornata di primavera!",
    "pt": "Bom dia, tudo bem com você?|Minha mãe comprou pão fresco.|Vamos ver o filme amanhã.|O barco branco voltou ao porto.|"
    "Por favor, abra a janela.|Eu gosto muito dessa música.",
    "pl": "Dzień dobry, jak się masz?|Moja mama kupuje świeży chleb.|Jutro pojedziemy nad morze.|Proszę otworzyć okno.|Bardzo lubię tę muzykę.",
    "ru": "Добрый день, друзья мои.|Моя мама покупает свежий хлеб.|Завтра мы поедем на море.|Пожалуйста, откройте окно.|Мне очень нравится эта музыка.",
    "nl": "Goedemorgen, hoe gaat het met u?|Mijn moeder koopt vers brood.|Morgen gaan we naar zee.|Wilt u het raam openen?|Ik hou veel van deze muziek.",
    "sv": "God morgon, hur mår du?|Min mamma köper färskt bröd.|I morgon åker vi till havet.|Var snäll och öppna fönstret.|Jag tycker mycket om musiken.",
}
# English phonemes in espeak's own spelling.
_CONSONANTS = [
    "p",
    "b",
    "t",
    "d",
    "k",
    "g",
    "f",
    "v",
    "T",
    "D",
    "s",
    "z",
    "S",
    "Z",
    "h",
    "m",
    "n",
    "l",
    "r",
    "w",
    "j",
    "tS",
    "dZ",
]
_VOWELS = ["I", "E", "a", "0", "V", "U", "i:", "u:", "A:", "O:", "3:", "eI", "aI", "OI", "oU", "aU"]


def sentence(language: str, rng: np.random.Generator) -> str:
    """A sentence in the language (two-letter code); raises KeyError for one we have no words of."""
    if language != "en":
        return str(rng.choice(_OTHER[language].split("|")))
    who, does, what, where, end = (str(rng.choice(_ENGLISH[part].split("|"))) for part in _ENGLISH)
    form = rng.integers(4)
    if form == 0:
        text = f"{who} {does} {what} {where}, {end}."
    elif form == 1:
        text = f"{where}, {who} {does} {what}."
    elif form == 2:
        text = f"did you know that {who} {does} {what} {where}?"
    else:
        text = f"{who} {does} {what}, {end}."
    return text[0].upper() + text[1:]


def text_of_length(language: str, seconds: float, rng: np.random.Generator) -> str:
    """Sentences that take about `seconds` to say (at 14 letters a second)."""
    said: list[str] = []
    while sum(len(s) for s in said) < 14 * seconds:
        said.append(sentence(language, rng))
    return " ".join(said)
