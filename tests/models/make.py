#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the tiny ONNX models that tests use: make.py FOLDER (needs the packages onnx and numpy).

Each file shows one thing a model can do or get wrong. The detectors answer the same few objects whatever they see; what
they answer stands beside each of them below.
"""
import os
import sys

import numpy as np
from onnx import TensorProto, external_data_helper, helper, numpy_helper, save

FLOAT = TensorProto.FLOAT
PICTURE = [1, 3, 16, 16]
SIDE = 64  # of the detectors' input


def value(name, shape, kind=FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def constant(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def write(folder, name, nodes, inputs, outputs, constants=(), metadata=None, domain=None, opset=13):
    graph = helper.make_graph(nodes, name, inputs, outputs, list(constants))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], producer_name="chiton-tests")
    model.ir_version = 8
    if domain:
        model.opset_import.append(helper.make_opsetid(domain, 1))
    if metadata:
        helper.set_model_props(model, metadata)
    save(model, os.path.join(folder, name + ".onnx"))
    return model


def computing(folder):
    """Models whose answers follow from their input."""
    # A 1 x 1 convolution: channel c of the answer is 2 x channel c of the input + c.
    weights = [constant("w", 2 * np.eye(3, dtype=np.float32).reshape(3, 3, 1, 1)),
               constant("b", np.arange(3, dtype=np.float32))]
    conv = helper.make_node("Conv", ["images", "w", "b"], ["out"])
    write(folder, "conv", [conv], [value("images", PICTURE)], [value("out", PICTURE)], weights,
          {"task": "test", "names": "{0: 'a', 1: 'ü'}", "empty": ""})

    # A chain of convolutions that is worth threads: 48 channels, 64 x 64.
    rng = np.random.default_rng(1)
    shape = [1, 48, 64, 64]
    nodes, constants, last = [], [], "images"
    for i in range(6):
        constants.append(constant(f"w{i}", (rng.standard_normal((48, 48, 3, 3)) / 21).astype(np.float32)))
        nodes.append(helper.make_node("Conv", [last, f"w{i}"], [f"c{i}"], pads=[1, 1, 1, 1]))
        last = f"c{i}"
    write(folder, "deep", nodes, [value("images", shape)], [value(last, shape)], constants)

    # Everything open: the answer has the size of the input.
    write(folder, "dynamic", [helper.make_node("Relu", ["images"], ["out"])],
          [value("images", ["n", 3, "h", "w"])], [value("out", ["n", 3, "h", "w"])])

    # The same numbers in other types, and sums: float16, uint8, int64, a scalar, and an empty tensor.
    nodes = [helper.make_node("Cast", ["images"], ["half"], to=TensorProto.FLOAT16),
             helper.make_node("Cast", ["images"], ["bytes"], to=TensorProto.UINT8),
             helper.make_node("Cast", ["images"], ["longs"], to=TensorProto.INT64),
             helper.make_node("ReduceMax", ["images"], ["most"], keepdims=0),
             helper.make_node("Slice", ["images", "zero", "zero", "axis"], ["none"])]
    constants = [constant("zero", np.array([0], np.int64)), constant("axis", np.array([1], np.int64))]
    write(folder, "types", nodes, [value("images", [1, 1, 2, 2])],
          [value("half", [1, 1, 2, 2], TensorProto.FLOAT16), value("bytes", [1, 1, 2, 2], TensorProto.UINT8),
           value("longs", [1, 1, 2, 2], TensorProto.INT64), value("most", []), value("none", [1, 0, 2, 2])], constants)

    # Bytes in, bytes out, rows of pixels last.
    write(folder, "bytes", [helper.make_node("Identity", ["images"], ["out"])],
          [value("images", [1, 4, 4, 3], TensorProto.UINT8)], [value("out", [1, 4, 4, 3], TensorProto.UINT8)])

    # Every type of numbers there is, any count of pairs: each comes back as it was; and the first, doubled.
    types = ["FLOAT", "FLOAT16", "DOUBLE", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64", "BOOL"]
    nodes = [helper.make_node("Identity", [name.lower()], [name.lower() + "_out"]) for name in types]
    nodes.append(helper.make_node("Add", ["float", "float"], ["twice"]))
    write(folder, "echo", nodes,
          [value(name.lower(), ["n", 2], getattr(TensorProto, name)) for name in types],
          [value(name.lower() + "_out", ["n", 2], getattr(TensorProto, name)) for name in types]
          + [value("twice", ["n", 2])])

    # A number in, so many numbers out: an answer that is far larger than its question.
    write(folder, "blow", [helper.make_node("ConstantOfShape", ["size"], ["out"])],
          [value("size", [1], TensorProto.INT64)], [value("out", ["n"])])

    # Two inputs of different size: the answer is the sum of their means.
    nodes = [helper.make_node("ReduceMean", ["a"], ["ma"], keepdims=0),
             helper.make_node("ReduceMean", ["b"], ["mb"], keepdims=0),
             helper.make_node("Add", ["ma", "mb"], ["out"])]
    write(folder, "two", nodes, [value("a", [1, 8]), value("b", [4])], [value("out", [])])


def wrong(folder):
    """Models that are valid and unusable, or that do not do what they say."""
    # Declares [1,3,16,16], gives [1,768]: the shape is computed from the picture, so that nothing notices before.
    nodes = [helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
             helper.make_node("Mul", ["mean", "nil"], ["no"]),
             helper.make_node("Cast", ["no"], ["none"], to=TensorProto.INT64),
             helper.make_node("Add", ["shape", "none"], ["computed"]),
             helper.make_node("Reshape", ["images", "computed"], ["out"])]
    nil = constant("nil", np.array(0, np.float32))
    write(folder, "wrong_shape", nodes, [value("images", PICTURE)], [value("out", PICTURE)],
          [nil, constant("shape", np.array([1, 768], np.int64))])

    # Fails whenever it runs: there is no such shape for these numbers.
    write(folder, "fails", nodes, [value("images", PICTURE)], [value("out", [1, 5])],
          [nil, constant("shape", np.array([1, 5], np.int64))])

    # Declares 4 numbers for an output that is a constant of 1000.
    write(folder, "constant_output", [helper.make_node("Relu", ["images"], ["out"])],
          [value("images", PICTURE)], [value("out", PICTURE), value("many", [4])],
          [constant("many", np.ones(1000, np.float32))])

    # Declares more numbers than fit into any memory, gives one.
    nodes = [helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
             helper.make_node("Mul", ["mean", "nil"], ["no"]),
             helper.make_node("Cast", ["no"], ["none"], to=TensorProto.INT64),
             helper.make_node("Add", ["one", "none"], ["computed"]),
             helper.make_node("Expand", ["mean", "computed"], ["out"])]
    write(folder, "huge_output", nodes, [value("images", PICTURE)], [value("out", [1 << 20, 1 << 20])],
          [nil, constant("one", np.array([1, 1], np.int64))])

    write(folder, "sequence", [helper.make_node("SequenceConstruct", ["images", "images"], ["out"])],
          [value("images", PICTURE)], [helper.make_tensor_sequence_value_info("out", FLOAT, None)])
    write(folder, "rank9", [helper.make_node("Relu", ["images"], ["out"])],
          [value("images", [1] * 9)], [value("out", [1] * 9)])
    write(folder, "strings", [helper.make_node("Cast", ["images"], ["out"], to=TensorProto.STRING)],
          [value("images", [1, 2])], [value("out", [1, 2], TensorProto.STRING)])
    write(folder, "unknown_operator", [helper.make_node("Frobnicate", ["images"], ["out"], domain="org.example")],
          [value("images", PICTURE)], [value("out", PICTURE)], domain="org.example")
    write(folder, "future", [helper.make_node("Relu", ["images"], ["out"])],
          [value("images", PICTURE)], [value("out", PICTURE)], opset=9999)

    # Weights in a file beside the model, in two folders with different weights: the models' own bytes are equal.
    for name, factor in (("outside_2", 2), ("outside_3", 3)):
        inner = os.path.join(folder, name)
        os.makedirs(inner, exist_ok=True)
        weights = constant("w", np.full((1, 3, 16, 16), factor, np.float32))
        graph = helper.make_graph([helper.make_node("Mul", ["images", "w"], ["out"])], "outside",
                                  [value("images", PICTURE)], [value("out", PICTURE)], [weights])
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)])
        model.ir_version = 8
        with open(os.path.join(inner, "weights.bin"), "wb") as out:
            out.write(weights.raw_data)
        tensor = model.graph.initializer[0]
        external_data_helper.set_external_data(tensor, "weights.bin", offset=0, length=len(tensor.raw_data))
        tensor.ClearField("raw_data")
        with open(os.path.join(inner, "outside.onnx"), "wb") as out:
            out.write(model.SerializeToString())


def answering(folder, name, outputs, metadata=None, side=SIDE):
    """A detector that gives `outputs` (name to array) for any picture."""
    nodes = [helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
             helper.make_node("Mul", ["mean", "nil"], ["none"])]
    constants = [constant("nil", np.array(0, np.float32))]
    for key, array in outputs.items():
        constants.append(constant(key + "_is", array))
        nodes.append(helper.make_node("Add", [key + "_is", "none"], [key]))
    write(folder, name, nodes, [value("images", [1, 3, side, side])],
          [value(key, list(array.shape)) for key, array in outputs.items()], constants, metadata)


def detectors(folder):
    # YOLOX, 80 classes, strides 8, 16, 32. Centre, size: (28,20) 16 x 24 class 2 score .9; (20,28) 16 x 16 class 0 score .8.
    grid = np.zeros((1, 84, 85), np.float32)
    grid[0, 2 * 8 + 3, :5] = .5, .5, np.log(2), np.log(3), .9
    grid[0, 2 * 8 + 3, 5 + 2] = 1
    grid[0, 64 + 1 * 4 + 1, :5] = .25, .75, 0, 0, .8
    grid[0, 64 + 1 * 4 + 1, 5] = 1
    answering(folder, "yolox", {"output": grid})

    # YOLOv8, 3 classes. Centre, size: (20,24) 16 x 24 "dog" .9; (44,40) 10 x 12 "bird" .75; and a double of the dog.
    heads = np.zeros((1, 7, 84), np.float32)
    heads[0, :, 10] = 20, 24, 16, 24, .02, .9, .01
    heads[0, :, 11] = 21, 24, 16, 24, .02, .6, .01
    heads[0, :, 70] = 44, 40, 10, 12, 0, 0, .75
    answering(folder, "yolov8", {"output0": heads},
              {"task": "detect", "names": "{0: 'cat', 1: 'dog', 2: 'bird'}", "stride": "32", "imgsz": "[64, 64]",
               "author": "chiton tests"})

    # The same with open sides, which must be multiples of 64.
    answering(folder, "yolov8-open", {"output0": heads},
              {"task": "detect", "names": "{0: 'cat', 1: 'dog', 2: 'bird'}", "stride": "64"}, side="side")

    # The same in poses, one: (32,32) 24 x 40 .9, point k at (24 + k, 16 + 2 k), score k / 20.
    pose = np.zeros((1, 56, 84), np.float32)
    pose[0, :5, 20] = 32, 32, 24, 40, .9
    for k in range(17):
        pose[0, 5 + 3 * k:8 + 3 * k, 20] = 24 + k, 16 + 2 * k, k / 20
    answering(folder, "yolov8-pose", {"output0": pose},
              {"task": "pose", "names": "{0: 'person'}", "stride": "32", "kpt_shape": "[17, 3]"})

    # Masks: a "dog" (32,32) 32 x 32 .9 that is a disc around (32,32) of radius 12; 32 prototypes of which it takes the fourth.
    parts, prototypes = np.zeros((1, 4 + 2 + 32, 84), np.float32), np.ones((1, 32, 16, 16), np.float32)
    rows, columns = np.mgrid[0:16, 0:16] * 4 + 2
    prototypes[0, 3] = 12 - np.hypot(columns - 32, rows - 32)
    parts[0, :6, 30] = 32, 32, 32, 32, .1, .9
    parts[0, 6 + 3, 30] = 2
    answering(folder, "yolov8-seg", {"output0": parts, "output1": prototypes},
              {"task": "segment", "names": "{0: 'cat', 1: 'dog'}", "stride": "32"})

    # Turned boxes: two "ship"s of 40 x 8, 30 degrees, side by side, and a double of the first.
    turned = np.zeros((1, 4 + 2 + 1, 84), np.float32)
    turned[0, :, 40] = 32, 32, 40, 8, 0, .9, np.pi / 6
    turned[0, :, 41] = 33, 32, 40, 8, 0, .8, np.pi / 6
    turned[0, :, 42] = 28, 39, 40, 8, 0, .7, np.pi / 6
    answering(folder, "yolov8-obb", {"output0": turned},
              {"task": "obb", "names": "{0: 'plane', 1: 'ship'}", "stride": "32"})

    # SCRFD. One face at stride 8, row 3, column 4, first anchor: box (16,8) to (56,48), score .9, landmarks around (32,24).
    outputs = {}
    for part, width in (("score", 1), ("bbox", 4), ("kps", 10)):
        for stride in (8, 16, 32):
            outputs[f"{part}_{stride}"] = np.zeros((2 * (SIDE // stride) ** 2, width), np.float32)
    face = (3 * 8 + 4) * 2
    outputs["score_8"][face] = .9
    outputs["bbox_8"][face] = 2, 2, 3, 3
    outputs["kps_8"][face] = -1, -.5, 1, -.5, 0, 0, -.75, 1, .75, 1
    answering(folder, "scrfd", outputs)

    # CenterFace. One face at row 5, column 7 of stride 4: centre (32,24), 16 x 20, score .95.
    heat, scale = np.zeros((1, 1, 16, 16), np.float32), np.zeros((1, 2, 16, 16), np.float32)
    offset, landmarks = np.zeros((1, 2, 16, 16), np.float32), np.zeros((1, 10, 16, 16), np.float32)
    heat[0, 0, 5, 7] = .95
    scale[0, :, 5, 7] = np.log(5), np.log(4)
    offset[0, :, 5, 7] = .5, .5
    landmarks[0, :, 5, 7] = .4, .3, .4, .7, .6, .5, .8, .35, .8, .65
    answering(folder, "centerface", {"heat": heat, "scale": scale, "offset": offset, "landmarks": landmarks})

    # Outputs that no family knows.
    answering(folder, "stranger", {"what": np.zeros((1, 11, 3, 2), np.float32)})


def transformers(folder):
    """Detectors that end in a set of objects."""
    # RT-DETR as deployed, D-FINE, DEIM: boxes come in pixels of the picture, whose width and height are fed. Shares of it:
    # class 2 at (.25,.5) to (.5,1) score .9; class 0 at (0,0) to (.5,.25) score .75; one below any threshold.
    shares = np.array([[[.25, .5, .5, 1], [0, 0, .5, .25], [.1, .1, .2, .2]]], np.float32)
    nodes = [helper.make_node("ReduceMean", ["images"], ["mean"], keepdims=0),
             helper.make_node("Mul", ["mean", "nil"], ["none"]),
             helper.make_node("Cast", ["orig_target_sizes"], ["size"], to=FLOAT),
             helper.make_node("Concat", ["size", "size"], ["sizes"], axis=1),
             helper.make_node("Mul", ["sizes", "shares"], ["boxes"]),
             helper.make_node("Add", ["scores_are", "none"], ["scores"]),
             helper.make_node("Identity", ["labels_are"], ["labels"])]
    constants = [constant("nil", np.array(0, np.float32)), constant("shares", shares),
                 constant("scores_are", np.array([[.9, .75, .1]], np.float32)),
                 constant("labels_are", np.array([[2, 0, 1]], np.int64))]
    write(folder, "rtdetr", nodes,
          [value("images", ["N", 3, SIDE, SIDE]), value("orig_target_sizes", ["N", 2], TensorProto.INT64)],
          [value("labels", ["N", 3], TensorProto.INT64), value("boxes", ["N", 3, 4]), value("scores", ["N", 3])],
          constants)

    # RF-DETR: COCO's own numbers, centre and size as shares. 18 ("dog") at (.5,.5) .5 x .25 logit 2.
    dets, labels = np.full((1, 10, 4), .5, np.float32), np.full((1, 10, 91), -6, np.float32)
    dets[0, 4] = .5, .5, .5, .25
    labels[0, 4, 18] = 2
    answering(folder, "rfdetr", {"dets": dets, "labels": labels})

    # RT-DETR by Ultralytics: a row a query, box as shares, then scores. "dog" at (.5,.5) .5 x .25 .9; the query next to
    # it says the same again with .8, and is kept: nothing suppresses. The rest is far below any threshold.
    rows = np.full((1, 300, 7), .01, np.float32)
    rows[0, 17] = .5, .5, .5, .25, .1, .9, .2
    rows[0, 18] = .5, .5, .5, .25, .1, .8, .2
    answering(folder, "rtdetr-ultralytics", {"output0": rows},
              {"description": "Ultralytics rtdetr-l model trained on tests.yaml", "author": "Ultralytics",
               "task": "detect", "stride": "32", "imgsz": "[64, 64]", "names": "{0: 'cat', 1: 'dog', 2: 'bird'}"})


def retinaface(folder):
    # One face, stride 16, row 1, column 2, larger prior (centre (40,24), side 128): (32,24) 32 x 16, .75, all landmarks
    # at the prior's centre.
    priors, face = 2 * (64 + 16 + 4), 2 * 64 + 2 * (1 * 4 + 2) + 1
    loc, conf = np.zeros((1, priors, 4), np.float32), np.zeros((1, priors, 2), np.float32)
    conf[0, :, 0] = 1
    conf[0, face] = .25, .75
    loc[0, face] = -.625, 0, 5 * np.log(.25), 5 * np.log(.125)
    answering(folder, "retinaface", {"loc": loc, "conf": conf, "landms": np.zeros((1, priors, 10), np.float32)})


def classifiers(folder):
    """Classifiers of colour: the three numbers are the means of the channels, in each type and layout of the input."""
    names = {"names": "{0: 'red', 1: 'green', 2: 'blue'}"}
    for name, kind, shape, offset, factor in (
            ("classify_u8", TensorProto.UINT8, [1, SIDE, SIDE, 3], 0, .01),
            ("classify_i8", TensorProto.INT8, ["n", SIDE, SIDE, 3], 128, .01),
            ("classify_f16", TensorProto.FLOAT16, [1, 3, "h", "w"], 0, 1)):
        axes = [1, 2] if shape[3] == 3 else [2, 3]
        out = kind if kind == TensorProto.FLOAT16 else FLOAT
        nodes = [helper.make_node("Cast", ["images"], ["numbers"], to=FLOAT),
                 helper.make_node("ReduceMean", ["numbers"], ["means"], axes=axes, keepdims=0),
                 helper.make_node("Add", ["means", "offset"], ["moved"]),
                 helper.make_node("Mul", ["moved", "factor"], ["logits"]),
                 helper.make_node("Cast", ["logits"], ["out"], to=out)]
        constants = [constant("offset", np.array(offset, np.float32)), constant("factor", np.array(factor, np.float32))]
        write(folder, name, nodes, [value("images", shape, kind)], [value("out", [1, 3], out)], constants, names)


def mattes(folder):
    """Models of mattes with the tensors of their exports: what they answer follows from the picture's colours."""
    # U2-Net: red is foreground. Seven outputs of which the first counts.
    names = [f"d{i}" for i in range(7)]
    nodes = [helper.make_node("Slice", ["images", "zero", "one", "axis"], ["red"]),
             helper.make_node("Mul", ["red", "forty"], ["steep"]), helper.make_node("Sigmoid", ["steep"], ["d0"])]
    nodes += [helper.make_node("Identity", ["d0"], [name]) for name in names[1:]]
    cuts = [constant("zero", np.array([0], np.int64)), constant("one", np.array([1], np.int64)),
            constant("axis", np.array([1], np.int64)), constant("forty", np.array(40, np.float32))]
    write(folder, "u2net", nodes, [value("images", [1, 3, 320, 320])],
          [value(name, [1, 1, 320, 320]) for name in names], cuts)

    # BiRefNet: logits of 40 x red.
    nodes = [helper.make_node("Slice", ["input_image", "zero", "one", "axis"], ["red"]),
             helper.make_node("Mul", ["red", "forty"], ["output_image"])]
    write(folder, "birefnet", nodes, [value("input_image", [1, 3, 1024, 1024])],
          [value("output_image", [1, 1, 1024, 1024])], cuts)

    # Clothes: blue is full, red is upper, nothing is lower.
    kernel = np.zeros((4, 3, 1, 1), np.float32)
    kernel[1, 0] = kernel[3, 2] = 1
    write(folder, "cloth", [helper.make_node("Conv", ["images", "kernel"], ["out"])],
          [value("images", [1, 3, 768, 768])], [value("out", [1, 4, 768, 768])], [constant("kernel", kernel)])

    # MODNet: the share of red, whatever the size.
    nodes = [helper.make_node("Slice", ["input", "zero", "one", "axis"], ["red"]),
             helper.make_node("Mul", ["red", "half"], ["halved"]),
             helper.make_node("Add", ["halved", "half"], ["output"])]
    write(folder, "modnet", nodes, [value("input", ["n", 3, "h", "w"])], [value("output", ["n", 1, "h", "w"])],
          cuts + [constant("half", np.array(.5, np.float32))])

    # Robust Video Matting: the matte of frame k of a clip is k / 4 everywhere; its state grows from [1,1,1,1].
    nodes = [helper.make_node("ReduceMean", ["r1i"], ["mean"]),
             helper.make_node("Add", ["mean", "quarter"], ["next"]),
             helper.make_node("Expand", ["next", "shape"], ["r1o"]),
             helper.make_node("Slice", ["src", "zero", "one", "axis"], ["red"]),
             helper.make_node("Mul", ["red", "nil"], ["none"]),
             helper.make_node("Add", ["none", "mean"], ["pha"]),
             helper.make_node("Mul", ["downsample_ratio", "nil"], ["no"]),
             helper.make_node("Add", ["r4i", "no"], ["r4o"])]
    nodes += [helper.make_node("Identity", [a], [b]) for a, b in (("src", "fgr"), ("r2i", "r2o"), ("r3i", "r3o"))]
    states = [value(f"r{i}i", ["n", f"c{i}", f"h{i}", f"w{i}"]) for i in range(1, 5)]
    ends = [value(f"r{i}o", ["n", f"d{i}", f"i{i}", f"x{i}"]) for i in range(1, 5)]
    write(folder, "rvm", nodes, [value("src", ["n", 3, "h", "w"]), *states, value("downsample_ratio", [1])],
          [value("fgr", ["n", 3, "h", "w"]), value("pha", ["n", 1, "h", "w"]), *ends],
          cuts + [constant("quarter", np.array(.25, np.float32)), constant("nil", np.array(0, np.float32)),
                  constant("shape", np.array([1, 4, 3, 2], np.int64))])


def ints(*values):
    return np.array(values, np.int64)


def sam_encoders(folder):
    """Means of cells of 16 x 16, those of the picture in the first three of 256 planes."""
    side = 1024
    nodes = [helper.make_node("Transpose", ["input_image"], ["planes"], perm=[2, 0, 1]),
             helper.make_node("Unsqueeze", ["planes", "zero"], ["batch"]), helper.make_node("Shape", ["batch"], ["shape"]),
             helper.make_node("Sub", ["full", "shape"], ["missing"]),
             helper.make_node("Concat", ["zeros", "missing"], ["pads"], axis=0),
             helper.make_node("Pad", ["batch", "pads"], ["square"]),
             helper.make_node("AveragePool", ["square"], ["cells"], kernel_shape=[16, 16], strides=[16, 16]),
             helper.make_node("Pad", ["cells", "channels"], ["image_embeddings"])]
    write(folder, "sam.encoder", nodes, [value("input_image", ["image_height", "image_width", 3])],
          [value("image_embeddings", [1, 256, 64, 64])],
          [constant("zero", ints(0)), constant("full", ints(1, 3, side, side)), constant("zeros", ints(0, 0, 0, 0)),
           constant("channels", ints(0, 0, 0, 0, 0, 253, 0, 0))])
    nodes = [helper.make_node("AveragePool", ["x"], ["cells"], kernel_shape=[16, 16], strides=[16, 16]),
             helper.make_node("Pad", ["cells", "channels"], ["image_embeddings"])]
    write(folder, "sam_square.encoder", nodes, [value("x", ["batch", 3, side, side])],
          [value("image_embeddings", ["batch", 256, 64, 64])], [constant("channels", ints(0, 0, 0, 0, 0, 253, 0, 0))])

    # An encoder whose embeddings have another size than it lets expect: the shape is computed from the picture.
    write(folder, "odd.encoder", [helper.make_node("ReduceMean", ["input_image"], ["mean"], keepdims=0),
                                  helper.make_node("Mul", ["mean", "nil"], ["no"]),
                                  helper.make_node("Cast", ["no"], ["none"], to=TensorProto.INT64),
                                  helper.make_node("Add", ["shape", "none"], ["computed"]),
                                  helper.make_node("Expand", ["mean", "computed"], ["image_embeddings"])],
          [value("input_image", ["image_height", "image_width", 3])], [value("image_embeddings", [1, 256, "a", "b"])],
          [constant("nil", np.array(0, np.float32)), constant("shape", ints(1, 256, 32, 32))])


def sam_decoder(folder, names, square):
    """What is red (above 100) and, mask 0, within 160 pixels of the canvas from a point of label 1, mask 1, between
    corners 2 and 3; and not within 160 pixels from a point of label 0. An input that is not as it should be takes all
    away. That for a square makes one mask of both, cuts off what is beside the picture and stretches it to the size of
    the source."""
    side = 1024
    nodes, constants = [], {"f100": np.float32(100), "radius": np.float32(160 ** 2), "big": np.float32(1e6),
                            "factors": np.array([1, 1, 16, 16], np.float32), "axes": ints(2, 3), "none": np.array([], np.float32),
                            "origin": ints(0, 0), "low": ints(256, 256), "i2": ints(2), "i3": ints(3),
                            "xs": np.arange(side, dtype=np.float32).reshape(1, 1, 1, side),
                            "ys": np.arange(side, dtype=np.float32).reshape(1, 1, side, 1),
                            "side": np.float32(side), "half": np.float32(.5), "ones": ints(1, 1),
                            "deviation": np.float32(58.395), "mean": np.float32(123.675)}
    for i in range(-1, 4):
        constants[f"f{i}"], constants[f"s{i}"] = np.float32(i), ints(i)

    def node(kind, *inputs, **attributes):
        nodes.append(helper.make_node(kind, list(inputs), [f"n{len(nodes)}"], **attributes))
        return nodes[-1].output[0]

    def least(*terms):
        return node("Min", *terms)

    size = source = node("Cast", "orig_im_size", to=TensorProto.INT64)
    if square:
        scale = node("Div", "side", node("ReduceMax", "orig_im_size", keepdims=0))
        rounded = node("Floor", node("Add", node("Mul", "orig_im_size", scale), "half"))
        size = node("Cast", rounded, to=TensorProto.INT64)
    red = node("Resize", node("Slice", "image_embeddings", "s0", "s1", "s1"), "none", "factors", mode="nearest",
               coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    if square:
        red = node("Add", node("Mul", red, "deviation"), "mean")
    level = node("Sub", node("Slice", red, "origin", size, "axes"), "f100")
    xs, ys = node("Slice", "xs", "s0", node("Slice", size, "s1", "s2", "s0"), "s3"), node(
        "Slice", "ys", "s0", node("Slice", size, "s0", "s1", "s0"), "s2")
    right = node("Sub", xs, node("Unsqueeze", node("Slice", "point_coords", "s0", "s1", "s2"), "i3"))
    below = node("Sub", ys, node("Unsqueeze", node("Slice", "point_coords", "s1", "s2", "s2"), "i3"))
    disc = node("Sub", node("Sub", "radius", node("Mul", right, right)), node("Mul", below, below))

    def most(field, label):
        """The largest over the points of this label, where there is none far below 0."""
        among = node("Cast", node("Equal", node("Unsqueeze", "point_labels", "axes"), f"f{label}"), to=FLOAT)
        penalty = node("Mul", node("Sub", "f1", among), "big")
        return node("ReduceMax", node("Sub", node("Mul", field, among), penalty), axes=[1])

    away = node("Neg", most(disc, 0))
    near = least(level, most(disc, 1), away)
    boxed = least(level, most(least(right, below), 2), most(least(node("Neg", right), node("Neg", below)), 3), away)
    last = node("Slice", "point_labels", "s-1", "i3000", "s1")
    wrong = node("Add", node("Add", node("ReduceMax", node("Abs", "mask_input"), keepdims=0), node("Abs", "has_mask_input")),
                 node("ReduceMax", node("Abs", node("Sub", last, "f-1")), keepdims=0))
    constants["i3000"] = ints(3000)
    if square:
        sizes = node("Concat", "ones", source, axis=0)
        both = node("Resize", node("Max", near, boxed), "", "", sizes, mode="linear",
                    coordinate_transformation_mode="pytorch_half_pixel")
    else:
        both = node("Concat", near, boxed, axis=1)
    nodes.append(helper.make_node("Sub", [both, node("Mul", wrong, "big")], ["masks"]))
    nodes.append(helper.make_node("ReduceMean", ["masks"], ["iou_predictions"], axes=[2, 3], keepdims=0))
    nodes.append(helper.make_node("Slice", ["masks", "origin", "low", "axes"], ["low_res_masks"]))
    used = {name for each in nodes for name in each.input}
    inputs = [value("image_embeddings", [1, 256, 64, 64]), value("point_coords", [1, "num_points", 2]),
              value("point_labels", [1, "num_points"]), value("mask_input", [1, 1, 256, 256]),
              value("has_mask_input", [1]), value("orig_im_size", [2])]
    one, masks = ("one", "masks") if square else (1, 2)  # Meta's exports leave them open
    outputs = [value("masks", [one, masks, "h", "w"]), value("iou_predictions", [one, masks]),
               value("low_res_masks", [one, masks, "lh", "lw"])]
    constants = [constant(name, array) for name, array in constants.items() if name in used]
    for name in names:
        write(folder, name, nodes, inputs, outputs, constants)


def sam(folder):
    """Segment Anything in two files: with the tensors of samexporter's exports, and with those of Meta's network,
    sam_square, as labelme and osam use it."""
    sam_encoders(folder)
    sam_decoder(folder, ["sam.decoder", "odd.decoder"], False)
    sam_decoder(folder, ["sam_square.decoder"], True)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: make.py FOLDER")
    os.makedirs(sys.argv[1], exist_ok=True)
    computing(sys.argv[1])
    wrong(sys.argv[1])
    detectors(sys.argv[1])
    transformers(sys.argv[1])
    retinaface(sys.argv[1])
    classifiers(sys.argv[1])
    mattes(sys.argv[1])
    sam(sys.argv[1])


main()
