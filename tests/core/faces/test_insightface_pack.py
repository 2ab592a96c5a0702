"""The pack's code against tiny networks of the same inputs and outputs; its weights may not be shipped."""

import shutil

import numpy as np
import pytest

from core.base.device import CPU, Device
from core.base.errors import ModelError
from core.faces.insightface_pack import InsightFaceBackend, find_pack
from core.faces.mesh import roi_from_landmarks
from tests.core.faces.drawn_face import background, draw_face, face_points

onnx = pytest.importorskip("onnx")

FACE_ROW, FACE_COLUMN = 20, 30  # of the stride-16 grid


def save(path, inputs, nodes, outputs, constants):
    graph = onnx.helper.make_graph(
        nodes,
        path.stem,
        [onnx.helper.make_tensor_value_info("input.1", onnx.TensorProto.FLOAT, inputs)],
        [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape) for name, shape in outputs],
        [onnx.numpy_helper.from_array(value, name) for name, value in constants.items()],
    )
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))


def save_constant_network(path, inputs, answers):
    """A network that gives the same `answers` (name → array) to any picture."""
    nodes = [onnx.helper.make_node("ReduceMean", ["input.1"], ["mean"], keepdims=0)]
    nodes.append(onnx.helper.make_node("Mul", ["mean", "zero"], ["nothing"]))
    nodes += [onnx.helper.make_node("Add", [f"c{name}", "nothing"], [name]) for name in answers]
    constants = {f"c{name}": value for name, value in answers.items()} | {"zero": np.float32(0)}
    save(path, inputs, nodes, [(name, value.shape) for name, value in answers.items()], constants)


@pytest.fixture(scope="module")
def pack_folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pack")
    answers = {}
    for kind, width in (("score", 1), ("box", 4), ("points", 10)):
        for stride in (8, 16, 32):
            cells = (640 // stride) ** 2 * 2
            answers[f"{kind}{stride}"] = np.zeros((cells, width), np.float32)
    place = (FACE_ROW * 40 + FACE_COLUMN) * 2
    answers["score16"][place] = 0.9
    answers["box16"][place] = (2, 3, 4, 5)  # left, top, right, bottom in strides
    answers["points16"][place] = (-1, 0, 1, 0, 0, 1, -1, 2, 1, 2)
    save_constant_network(folder / "det_10g.onnx", (1, 3, 640, 640), answers)
    outline = np.zeros((1, 212), np.float32)
    save_constant_network(folder / "2d106det.onnx", (1, 3, 192, 192), {"fc1": outline})
    generator = np.random.default_rng(0)
    save(
        folder / "w600k_r50.onnx",
        (1, 3, 112, 112),
        [
            onnx.helper.make_node(
                "AveragePool", ["input.1"], ["pooled"], kernel_shape=[8, 8], strides=[8, 8]
            ),
            onnx.helper.make_node("Flatten", ["pooled"], ["flat"]),
            onnx.helper.make_node("MatMul", ["flat", "weights"], ["683"]),
        ],
        [("683", (1, 512))],
        {"weights": generator.normal(0, 1, (588, 512)).astype(np.float32)},
    )
    return folder


def test_the_pack_is_found_only_when_it_is_whole(pack_folder, tmp_path):
    assert find_pack(tmp_path) is None
    assert find_pack(pack_folder) == pack_folder


@pytest.mark.usefixtures("backend")
def test_anchors_are_read_in_the_picture_s_own_pixels(pack_folder):
    found = InsightFaceBackend(find_pack(pack_folder)).detect(background(1280, 720))
    assert len(found) == 1
    x, y = FACE_COLUMN * 16 * 2, FACE_ROW * 16 * 2  # 1280 pixels on 640
    assert found[0].box == pytest.approx([x - 64, y - 96, x + 128, y + 160])
    assert found[0].keypoints[0] == pytest.approx([x - 32, y])
    assert found[0].keypoints[4] == pytest.approx([x + 32, y + 64])
    assert found[0].score == pytest.approx(0.9)


@pytest.mark.usefixtures("backend")
def test_identity_does_not_depend_on_place_and_size(pack_folder):
    networks = InsightFaceBackend(find_pack(pack_folder))
    vectors = []
    for centre, unit in (((200, 150), 60), ((420, 260), 120)):
        picture = np.full((600, 800, 3), 128, np.uint8)
        points = face_points(centre, unit).astype(np.float32)
        draw_face(picture, points)
        vectors.append(networks.embed(picture, points))
    assert np.linalg.norm(vectors[0]) == pytest.approx(1, abs=1e-5)
    assert vectors[0] @ vectors[1] > 0.95


@pytest.mark.usefixtures("backend")
def test_a_mouth_seen_elsewhere_lowers_the_presence_but_does_not_lose_the_face(pack_folder, backend):
    picture = background(400, 400)
    points = face_points((200, 170), 90).astype(np.float32)
    draw_face(picture, points)
    roi = roi_from_landmarks(points)
    plain = backend.mesh(picture, roi)
    doubted = InsightFaceBackend(find_pack(pack_folder)).mesh(
        picture, roi
    )  # its outline is all in the middle
    assert np.array_equal(plain.landmarks, doubted.landmarks)
    assert 0.5 < doubted.presence < plain.presence


@pytest.mark.usefixtures("backend")
def test_a_wrong_detector_is_refused_in_words(pack_folder, tmp_path):
    for name in ("w600k_r50.onnx",):
        (tmp_path / name).write_bytes((pack_folder / name).read_bytes())
    (tmp_path / "det_10g.onnx").write_bytes((pack_folder / "w600k_r50.onnx").read_bytes())
    with pytest.raises(ModelError, match=r"usable networks|no network for detection"):
        InsightFaceBackend(find_pack(tmp_path))
    (tmp_path / "det_10g.onnx").write_bytes(b"rubbish")
    with pytest.raises(ModelError, match="usable networks"):
        InsightFaceBackend(find_pack(tmp_path))


@pytest.mark.usefixtures("backend")
def test_the_networks_are_insightfaces_own(pack_folder):
    from insightface.model_zoo.arcface_onnx import ArcFaceONNX
    from insightface.model_zoo.landmark import Landmark
    from insightface.model_zoo.scrfd import SCRFD

    opened = InsightFaceBackend(find_pack(pack_folder))._analysis
    assert isinstance(opened.det_model, SCRFD)
    assert isinstance(opened.models["recognition"], ArcFaceONNX)
    assert isinstance(opened.models["landmark_2d_106"], Landmark)


def test_an_installed_pack_is_found_where_models_are_installed(pack_folder, tmp_path, monkeypatch):
    from core.model_store import store
    from core.model_store.catalogue import MODELS
    from core.model_store.installing import install

    monkeypatch.setenv("UNISYNC_HOME", str(tmp_path / "home"))
    store.accept(MODELS["insightface-buffalo_l"].licence)
    made = install(MODELS["insightface-buffalo_l"], source=pack_folder, own_weights=True)
    assert find_pack() == made.folder


@pytest.mark.usefixtures("backend")
@pytest.mark.parametrize("kind", ["above", "absolute", "link"])
def test_a_network_that_takes_its_numbers_from_a_file_outside_its_folder_is_refused(
    pack_folder, tmp_path, kind
):
    """ONNX files may name other files as their numbers: with a network of a stranger's that is any file of the user's."""
    pack = tmp_path / "pack"
    shutil.copytree(pack_folder, pack)
    secret = tmp_path / "secret.bin"
    model = onnx.load(pack / "w600k_r50.onnx")
    (weights,) = [each for each in model.graph.initializer if each.name == "weights"]
    secret.write_bytes(weights.raw_data)
    if kind == "link":
        (pack / "numbers.bin").symlink_to(secret)
    place = {"above": "../secret.bin", "absolute": str(secret), "link": "numbers.bin"}[kind]
    weights.ClearField("raw_data")
    weights.data_location = onnx.TensorProto.EXTERNAL
    weights.external_data.add(key="location", value=place)
    (pack / "w600k_r50.onnx").write_bytes(model.SerializeToString())
    with pytest.raises(ModelError, match="External data path"):
        InsightFaceBackend(pack)


@pytest.mark.usefixtures("backend")
def test_a_card_that_fails_hands_over_to_the_processor(pack_folder, caplog):
    """The card is made up, as there is none; that its network fails is onnxruntime's own word."""
    networks = InsightFaceBackend(find_pack(pack_folder), device="cpu")
    picture = np.full((300, 400, 3), 128, np.uint8)
    points = face_points((200, 150), 60).astype(np.float32)
    draw_face(picture, points)
    wanted = networks.embed(picture, points)
    networks._device = Device("directml", "cpu", ("DmlExecutionProvider", "CPUExecutionProvider"))
    networks._analysis.models["recognition"].input_name = "nothing of that name"
    assert np.array_equal(networks.embed(picture, points), wanted)
    assert networks._device == CPU
    assert "directml cannot run InsightFace's networks: " in caplog.text
    networks._analysis.models["recognition"].input_name = "nothing of that name"
    with pytest.raises(ValueError, match="nothing of that name"):  # where there is no other way out
        networks.embed(picture, points)
