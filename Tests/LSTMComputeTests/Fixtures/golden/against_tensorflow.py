"""The general LSTM against the LSTMCell that TensorFlow keeps from its first version, in double, which
has peepholes, a projection and bounds of the cell and of the projection; and against its Philox."""

import itertools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf
from bounds import choose_bounds
from cell import real
from philox import philox
from sequence import describe, distance, draw, evaluate
from tensorflow.python.keras.layers.legacy_rnn.rnn_cell_impl import LSTMCell, LSTMStateTuple

TOLERANCE = 1e-10


def run_cell(description, file):
    layer = description["layers"][0]
    double = lambda name: tf.constant(file[name].astype(np.float64))
    cell = LSTMCell(
        layer["hiddenSize"], use_peepholes=layer["hasPeepholes"], cell_clip=layer["cellClip"],
        num_proj=layer["projectionSize"], proj_clip=layer["projectionClip"], forget_bias=0,
        dtype=tf.float64)  # fmt: skip
    cell.build((description["batch"], description["inputSize"]))
    leaves = {n: double("parameter." + n) for n in file_parameters(file)}
    leaves |= {"input": double("input"), "h_0.0": double("h_0.0"), "c_0.0": double("c_0.0")}
    with tf.GradientTape() as tape:
        tape.watch(leaves)
        named = {n[5:-3]: t for n, t in leaves.items() if n.startswith("lstm.")}
        # Its gates are in the order i, g, f, o, and its weights are one matrix.
        reorder = lambda t: tf.concat([tf.split(t, 4)[gate] for gate in (0, 2, 1, 3)], 0)
        weights = tf.concat([reorder(named["weight_ih"]), reorder(named["weight_hh"])], 1)
        cell._kernel = tf.transpose(weights)
        cell._bias = reorder(named["bias_ih"] + named["bias_hh"])
        if layer["hasPeepholes"]:
            cell._w_i_diag, cell._w_f_diag, cell._w_o_diag = tf.unstack(named["peephole"])
        if layer["projectionSize"]:
            cell._proj_kernel = tf.transpose(named["weight_hr"])
        state, outputs = LSTMStateTuple(leaves["c_0.0"], leaves["h_0.0"]), []
        for x in tf.unstack(leaves["input"]):
            output, state = cell.call(x, state)
            outputs.append(output)
        output = tf.stack(outputs)
        total = (
            tf.reduce_sum(output * double("grad_output"))
            + tf.reduce_sum(state.h * double("grad_h_n.0"))
            + tf.reduce_sum(state.c * double("grad_c_n.0")))  # fmt: skip
    grads = tape.gradient(total, leaves)
    found = {"output": output, "h_n.0": state.h, "c_n.0": state.c}
    found |= {("grad." if n.startswith("lstm.") else "grad_") + n: g for n, g in grads.items()}
    return {name: tensor.numpy() for name, tensor in found.items()}


def file_parameters(file):
    return [name[len("parameter.") :] for name in file if name.startswith("parameter.")]


def cell_error():
    chance = np.random.default_rng(31)
    worst = 0
    for peepholes, cell_clip, projects, projection_clip in itertools.product([False, True], repeat=4):
        if projection_clip and not projects:
            continue
        layer = {"hiddenSize": 7, "hasPeepholes": peepholes, "projectionSize": 3 if projects else None}
        description = describe(4, [layer], 6, 5, initialStates=True)
        file = draw(description, chance)
        wanted = {"gateClip": False, "cellClip": cell_clip, "projectionClip": projection_clip}
        assert choose_bounds(wanted, description, file, chance)
        # The bounds as the float32 numbers that they stand for.
        chosen = description["layers"][0]
        single = {name: real(chosen[name]) for name, is_on in wanted.items() if is_on}
        found = run_cell(description | {"layers": [chosen | single]}, file)
        expected = evaluate(description, file)
        worst = max(worst, distance(found, {name: expected[name] for name in found}))
    return worst


def philox_differences():
    """How many words differ from TensorFlow's of the same counters and keys."""
    chance = np.random.default_rng(32)
    different = 0
    for _ in range(20):
        key, low, high = (int(v) for v in chance.integers(2**63, size=3))
        theirs = tf.raw_ops.StatelessRandomUniformFullIntV2(
            shape=[64], key=tf.constant([key], tf.uint64),
            counter=tf.constant([low, high], tf.uint64), alg=1, dtype=tf.uint32,
        ).numpy()  # fmt: skip
        groups = low + np.arange(16, dtype=np.uint64)
        words = 0xFFFFFFFF
        counter = groups & np.uint64(words), groups >> np.uint64(32), high & words, high >> 32
        ours = np.stack(np.broadcast_arrays(*philox(counter, (key & words, key >> 32))), 1).flatten()
        different += int((ours != theirs).sum())
    return different


def known_answers_missed():
    """How many of Random123's known answers for Philox4x32-10 come out wrong."""
    most = 0xFFFFFFFF
    answers = [
        (0, 0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8),
        (most, 0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD),
    ]
    return sum(
        tuple(int(w) for w in philox((word,) * 4, (word,) * 2)) != tuple(answer)
        for word, *answer in answers
    )


def checks():
    yield "Random123's known answers", known_answers_missed(), 0
    yield "TensorFlow's Philox, words that differ", philox_differences(), 0
    yield "TensorFlow's LSTMCell", cell_error(), TOLERANCE
