"""The words of a film or sound file, by the model that the user installed for it."""

import os
from collections.abc import Callable

from core.media.audio import read_analysis
from core.model_store import store
from core.speech.words import MODEL_ID, Spoken, WordReader


def words_of(
    path: str | os.PathLike[str],
    *,
    language: str | None = None,
    on_progress: Callable[[float], None] = lambda share: None,
) -> Spoken:
    """The words that are said in the file; times count as in `read_analysis`.

    Args:
        path: a film or a sound file.
        language: Whisper's code; told from the voice by default.
        on_progress: told the share that is done; may raise to stop.

    Raises:
        ModelError: the model is not installed or damaged, torch is missing, or Whisper does not know the language.
        MediaError: the file cannot be opened or has no sound.
    """
    model = store.stored(MODEL_ID)
    store.check_present(model)
    voice = read_analysis(path)
    return WordReader(model.folder).read(voice, language=language, on_progress=on_progress)
