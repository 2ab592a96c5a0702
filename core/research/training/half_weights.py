"""ONNX files of half the size: weights stored in half precision and computed with in single."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

_LEAST = 4096  # numbers: smaller constants are not worth it


def with_half_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """`model` whose large float32 constants are float16 with a cast after them, which runtimes fold when they load it."""
    graph = model.graph
    casts = []
    for tensor in graph.initializer:
        if tensor.data_type != TensorProto.FLOAT or np.prod(tensor.dims) < _LEAST:
            continue
        name = tensor.name
        values = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(values, f"{name}.half"))
        casts.append(helper.make_node("Cast", [f"{name}.half"], [name], to=TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)
    return model
