"""Which published models the program can use: their files, sizes, digests, licences, and what they need.

Nothing here is bundled. Sizes and digests were read in public files of 2026-11 and are checked when a file arrives; where no digest is
known the hub's own is taken, and kept.
"""

from dataclasses import dataclass
from typing import Literal

Reader = Literal[
    "unet", "autoencoder", "whisper", "network", "video", "hubert", "context", "pack", "tensors", "text"
]


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One file of a model.

    Attributes:
        reads: what is made of it; see `core.model_store.reading`.
        repository: owner and name on the hub, or the address of an archive.
        revision: of the repository.
        path: in the repository.
        size: bytes; about, where no digest is known.
        sha256: hex, "" where only the hub knows it.
        folder: a part of the path by which the file is told from others of its name in a folder of the user's.
    """

    reads: Reader
    repository: str
    revision: str
    path: str
    size: int
    sha256: str = ""
    folder: str = ""

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path.rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms a user accepts once before a model is fetched.

    Attributes:
        id: kept with the acceptance.
        title: as the authors call it.
        address: where its whole text is.
        summary: one or two sentences that no text replaces.
    """

    id: str
    title: str
    address: str
    summary: str


@dataclass(frozen=True, slots=True)
class PublishedModel:
    """A model that others made and publish.

    Attributes:
        id: on the command line.
        title: for people.
        architecture: which code runs it.
        side: of its square in pixels, 0 where it has none.
        files: all that is needed.
        licence: of the weights.
        needs: memory and speed, in the authors' words.
    """

    id: str
    title: str
    architecture: Literal["musetalk", "latentsync", "tbdub", "insightface", "words"]
    side: int
    files: tuple[PublishedFile, ...]
    licence: Licence
    needs: str

    @property
    def size(self) -> int:
        """Bytes to fetch."""
        return sum(file.size for file in self.files)


OPENRAIL_M = Licence(
    "creativeml-openrail-m",
    "CreativeML OpenRAIL-M",
    "https://huggingface.co/spaces/CompVis/stable-diffusion-license",
    "Commercial use is allowed. It forbids a list of uses (among them harming or deceiving people), and whoever passes the "
    "weights on has to pass these limits on.",
)
OPENRAIL_PP = Licence(
    "openrail++",
    "CreativeML Open RAIL++-M",
    "https://huggingface.co/stabilityai/stable-diffusion-xl-base-1.0/blob/main/LICENSE.md",
    "Commercial use is allowed. It forbids a list of uses (among them harming or deceiving people), and whoever passes the "
    "weights on has to pass these limits on.",
)
APACHE_WITH_DOUBT = Licence(
    "apache-2.0-tbdub",
    "Apache License 2.0",
    "https://www.apache.org/licenses/LICENSE-2.0",
    "Commercial use is allowed. The authors give code and weights under it; they name X-Dub as their base, whose own files "
    "carry no licence and are called for research and demonstration only.",
)
INSIGHTFACE = Licence(
    "insightface-non-commercial",
    "InsightFace models: non-commercial research only",
    "https://github.com/deepinsight/insightface#license",
    "These weights may be used for non-commercial research only. Commercial use needs a licence bought from InsightFace.",
)

WHISPER_MIT = Licence(
    "whisper-mit",
    "MIT",
    "https://github.com/openai/whisper/blob/main/LICENSE",
    "Any use is allowed; the copyright notice has to go along.",
)

_AUTOENCODER = PublishedFile(
    "autoencoder",
    "stabilityai/sd-vae-ft-mse",
    "31f26fdeee1355a5c34592e401dd41e45d25a493",
    "diffusion_pytorch_model.safetensors",
    334_643_276,
    "a1d993488569e928462932c8c38a0760b874d166399b14414135bd9c42df5815",
    "vae",
)
_TINY = "65147644a518d12f04e32d6f3b26facc3f8dd46e5390956a9424a650c0ce22b9"  # the openai original

MODELS: dict[str, PublishedModel] = {
    model.id: model
    for model in (
        PublishedModel(
            "musetalk-1.5",
            "MuseTalk 1.5",
            "musetalk",
            256,
            (
                PublishedFile(
                    "unet",
                    "TMElyralab/MuseTalk",
                    "3ef28bc5cff08c90ad8178a25f1b570cd800170f",
                    "musetalkV15/unet.pth",
                    3_400_074_924,
                    "7ebf6c98c181e20838e4c0054e96e944ac60d5d692cc01db42839fe11b787007",
                ),
                _AUTOENCODER,
                PublishedFile(
                    "whisper",
                    "openai/whisper-tiny",
                    "169d4a4341b33bc18d8881c4b69c2e104e1cc0af",
                    "model.safetensors",
                    151_061_672,
                    "7ebd0e69e78190ffe1438491fa05cc1f5c1aa3a4c4db3bc1723adbb551ea2395",
                    "whisper",
                ),
            ),
            OPENRAIL_M,
            "a graphics card with 4 GB; works on a processor alone",
        ),
        PublishedModel(
            "latentsync-1.5",
            "LatentSync 1.5 (256 pixels)",
            "latentsync",
            256,
            (
                PublishedFile(
                    "unet",
                    "ByteDance/LatentSync-1.5",
                    "main",
                    "latentsync_unet.pt",
                    5_072_222_488,
                    "6440b49a7ccceff56cdc001f5f17605216337f5bbd66fa360139768926e23f51",
                ),
                _AUTOENCODER,
                PublishedFile(
                    "whisper", "ByteDance/LatentSync-1.5", "main", "whisper/tiny.pt", 75_572_083, _TINY
                ),
            ),
            OPENRAIL_PP,
            "a graphics card with 8 GB; very slow on a processor",
        ),
        PublishedModel(
            "latentsync-1.6",
            "LatentSync 1.6 (512 pixels)",
            "latentsync",
            512,
            (
                PublishedFile(
                    "unet",
                    "ByteDance/LatentSync-1.6",
                    "c42c7e6c8e9c213626389fa7d9a3c444b8536353",
                    "latentsync_unet.pt",
                    5_072_222_488,
                    "0a478e89eb660f82da4c35dbdde8a5adfb27f99d1b4e50edd03729e1e98316d3",
                ),
                _AUTOENCODER,
                PublishedFile(
                    "whisper",
                    "ByteDance/LatentSync-1.6",
                    "c42c7e6c8e9c213626389fa7d9a3c444b8536353",
                    "whisper/tiny.pt",
                    75_572_083,
                    _TINY,
                ),
            ),
            OPENRAIL_PP,
            "a graphics card with 18 GB; very slow on a processor",
        ),
        PublishedModel(
            "tbdub",
            "TBDub (student, 512 pixels)",
            "tbdub",
            512,
            (
                PublishedFile(
                    "network", "TaoLiveAIGC/TBDub", "main", "tbdub_student.safetensors", 12_590_300_000
                ),
                PublishedFile("context", "TaoLiveAIGC/TBDub", "main", "null_prompt_emb.pt", 4_196_000),
                PublishedFile("video", "KlingTeam/X-Dub", "main", "Wan2.2_VAE.safetensors", 1_409_400_000),
                PublishedFile(
                    "hubert",
                    "facebook/hubert-large-ll60k",
                    "main",
                    "pytorch_model.bin",
                    1_261_900_000,
                    "",
                    "hubert",
                ),
            ),
            APACHE_WITH_DOUBT,
            "a graphics card with 28 GB; days for a minute on a processor",
        ),
        PublishedModel(
            "insightface-buffalo_l",
            "InsightFace pack buffalo_l (finding faces)",
            "insightface",
            0,
            (
                PublishedFile(
                    "pack",
                    "https://github.com/deepinsight/insightface/releases/download/v0.7/buffalo_l.zip",
                    "v0.7",
                    "buffalo_l.zip",
                    288_621_354,
                    "80ffe37d8a5940d59a7384c201a2a38d4741f2f3c51eef46ebb28218a7b0ca2f",
                ),
            ),
            INSIGHTFACE,
            "any computer",
        ),
        PublishedModel(
            "whisper-base",
            "Whisper base (reading words)",
            "words",
            0,
            (
                PublishedFile("tensors", "openai/whisper-base", "main", "model.safetensors", 290_403_936),
                PublishedFile("text", "openai/whisper-base", "main", "config.json", 1_983),
                PublishedFile("text", "openai/whisper-base", "main", "generation_config.json", 3_807),
                PublishedFile("text", "openai/whisper-base", "main", "tokenizer.json", 2_480_466),
            ),
            WHISPER_MIT,
            "any computer; the large libraries (torch)",
        ),
    )
}

ENGINES = tuple(model.id for model in MODELS.values() if model.architecture not in ("insightface", "words"))
"""Published models that make lips; never chosen unasked."""
