"""An installed published generator as a `LipEngine`."""

from core.base.device import Device
from core.base.errors import ModelError
from core.base.precision import place_on
from core.foreign_generators.engine import ForeignEngine, LandmarksOf
from core.foreign_generators.latentsync import LatentSync
from core.foreign_generators.musetalk import MuseTalk
from core.foreign_generators.painter import MouthPainter
from core.foreign_generators.tbdub import TBDub
from core.model_store.store import StoredModel, check_present, stored


def load_foreign(model_id: str, device: Device, landmarks_of: LandmarksOf) -> ForeignEngine:
    """The engine of an installed model, on `device`.

    Raises:
        ModelError: it is not installed, a file is missing or damaged, or its tensors are another network's.
    """
    model = stored(model_id)
    check_present(model)
    painter = painter_of(model)
    painter.move(place_on(device))
    models = {f"{model_id}/{name}": file.made_of or file.sha256 for name, file in model.files.items()}
    # TBDub is shown the film itself, from which it learns the face and when it is covered.
    shows_shut_mouth = model.architecture != "tbdub"
    return ForeignEngine(model_id, painter, models, landmarks_of, shows_shut_mouth=shows_shut_mouth)


def painter_of(model: StoredModel) -> MouthPainter:
    """The networks of an installed model, on the processor.

    Raises:
        ModelError: a file is damaged, its tensors are another network's, or it is no generator.
    """
    if model.architecture == "musetalk":
        return MuseTalk.load(model.folder, model.side)
    if model.architecture == "latentsync":
        return LatentSync.load(model.folder, model.side)
    if model.architecture == "tbdub":
        return TBDub.load(model.folder, model.side)
    raise ModelError(f"{model.folder} holds no generator, but “{model.architecture}”.")
