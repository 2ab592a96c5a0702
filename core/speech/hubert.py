"""HuBERT features by transformers' own `HubertModel`, when the user has its weights. 50 a second, layer selectable."""

from pathlib import Path

import numpy as np

from core.base.errors import ModelError, SettingsError
from core.speech.mel import SAMPLE_RATE

STEP_RATE = 50
_HOP = 320  # HuBERT's convolutions step 320 samples and see 400
_SEEN = 400
_WINDOW_S, _OVERLAP_S = (
    20.0,
    2.0,
)  # attention is quadratic; 2 s of context on either side is more than its heads use


def hubert_step_times(count: int) -> np.ndarray:
    """(count,) float64 seconds at which the features are centred."""
    return (np.arange(count) * _HOP + _SEEN / 2) / SAMPLE_RATE


class HubertFeatures:
    """A HuBERT from a local folder or the hub's cache; nothing is downloaded unless `allow_download`.

    Args:
        source: folder of a saved model, or a hub name such as ``facebook/hubert-base-ls960``.
        layer: which hidden state: 0 is the input of the first transformer layer, −1 the output of the last.
        device: torch device name.
        allow_download: whether a hub name may be fetched.

    Raises:
        ModelError: the weights are not there or not those of a HuBERT.
        SettingsError: there is no such layer.

    """

    def __init__(
        self, source: str | Path, *, layer: int = -1, device: str = "cpu", allow_download: bool = False
    ) -> None:
        from torch import inference_mode
        from transformers import HubertModel

        try:
            model = HubertModel.from_pretrained(
                str(source), local_files_only=not allow_download, use_safetensors=None
            )
        except (OSError, ValueError) as error:
            raise ModelError(
                f"HuBERT cannot be loaded from “{source}”: {str(error).splitlines()[0]}",
                hint="Name a folder that holds config.json and model.safetensors of a HuBERT.",
            ) from error
        layers = model.config.num_hidden_layers
        if not -layers - 1 <= layer <= layers:
            raise SettingsError(f"HuBERT has hidden states 0 to {layers}, not {layer}.")
        self._model = model.eval().to(device)
        self._layer, self._device = layer, device
        # Large models were trained on voices of zero mean and unit variance, base ones on plain samples.
        self._normalises = model.config.feat_extract_norm == "layer"
        self.width = int(model.config.hidden_size)
        self._inference = inference_mode

    def features(self, voice: np.ndarray) -> np.ndarray:
        """Hidden states of `voice` ((N,) float32 mono 16 kHz): (S, width) float32, S = 1 + (N − 400) // 320.

        Long voices are worked off in windows of 20 s that overlap by 2 s on either side, always cut at the same places.
        """
        if len(voice) < _SEEN:
            return np.zeros((0, self.width), np.float32)
        voice = np.asarray(voice, np.float32)
        if self._normalises:
            voice = (voice - voice.mean()) / np.sqrt(voice.var() + 1e-7)
        total = 1 + (len(voice) - _SEEN) // _HOP
        stride, overlap = round(_WINDOW_S * STEP_RATE), round(_OVERLAP_S * STEP_RATE)
        parts = []
        for first in range(0, total, stride):
            begin = max(first - overlap, 0)
            end = min(first + stride + overlap, total)
            states = self._hidden(voice[begin * _HOP : (end - 1) * _HOP + _SEEN])
            parts.append(states[first - begin : min(first + stride, total) - begin])
        return np.concatenate(parts)

    def _hidden(self, samples: np.ndarray) -> np.ndarray:
        from torch import from_numpy

        with self._inference():
            batch = from_numpy(np.ascontiguousarray(samples))[None].to(self._device)
            states = self._model(batch, output_hidden_states=True).hidden_states[self._layer]
        return states[0].float().cpu().numpy()
