"""The general LSTM against Keras, in double: recurrent dropout, missing steps, going backwards and the
one bias that Keras has."""

import itertools
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
import tensorflow as tf
from cell import real
from philox import RECURRENT_DROPOUT, Masks
from sequence import describe, distance, draw, evaluate

TOLERANCE = 1e-10


def run_keras(description, file):
    """What keras.layers.LSTM computes of a case of one layer, whose recurrent dropout gets our mask."""
    layer = description["layers"][0]
    units, back = layer["hiddenSize"], layer["direction"] == "reverse"
    rate = layer["recurrentDropout"]
    lstm = keras.layers.LSTM(
        units, use_bias=layer["bias"] == "one", recurrent_dropout=rate, go_backwards=back,
        return_sequences=True, return_state=True, dtype="float64")  # fmt: skip
    lstm.build((None, None, description["inputSize"]))
    batch_first = lambda t: np.ascontiguousarray(np.swapaxes(t, 0, 1), np.float64)
    if rate:
        masks = Masks(description["seed"], description["batchNumber"])
        kept = masks.keep(
            RECURRENT_DROPOUT, 0, int(back), (description["batch"], units), rate)
        # Keras draws one for each gate; all four are ours.
        four = [tf.constant(kept / (1 - real(rate)))] * 4
        lstm.cell.get_recurrent_dropout_mask = lambda h: four
    names = ["weight_ih", "weight_hh", "bias_ih"][: len(lstm.weights)]
    for weight, name in zip(lstm.weights, names):
        weight.assign(file[f"parameter.lstm.{name}_l0"].T)

    x = tf.constant(batch_first(file["input"]))
    states = [tf.constant(file[f"{n}.0"].astype(np.float64)) for n in ("h_0", "c_0")]
    mask = batch_first(file["mask"]) > 0 if description["mask"] else None
    with tf.GradientTape() as tape:
        tape.watch([x, *states])
        output, h_n, c_n = lstm(x, initial_state=states, mask=mask, training=True)
        # Against time, Keras's outputs are in the order in which they were computed.
        output = tf.reverse(output, [1]) if back else output
        total = (
            tf.reduce_sum(output * batch_first(file["grad_output"]))
            + tf.reduce_sum(h_n * file["grad_h_n.0"].astype(np.float64))
            + tf.reduce_sum(c_n * file["grad_c_n.0"].astype(np.float64)))  # fmt: skip
    variables = [weight.value for weight in lstm.weights]
    grad_x, grad_h, grad_c, *grads = tape.gradient(total, [x, *states, *variables])
    found = {"output": batch_first(output), "h_n.0": h_n.numpy(), "c_n.0": c_n.numpy()}
    found |= {"grad_input": batch_first(grad_x), "grad_h_0.0": grad_h.numpy()}
    found |= {"grad_c_0.0": grad_c.numpy()}
    return found | {f"grad.lstm.{n}_l0": g.numpy().T for n, g in zip(names, grads)}


def not_begun(mask, back):
    """Steps of a row before the first that exists, where Keras puts out 0, not the initial state."""
    order = mask[::-1] if back else mask
    before = np.cumsum(order, axis=0) == 0
    return before[::-1] if back else before


def checks():
    chance = np.random.default_rng(21)
    worst = {}
    for direction, bias, rate, mask, initial in itertools.product(
        ["forward", "reverse"], ["one", "none"], [0, 0.4], [False, True], [True]
    ):
        layer = {"hiddenSize": 6, "direction": direction, "bias": bias, "recurrentDropout": rate}
        description = describe(
            3, [layer], 7, 5, mask=mask, initialStates=initial, seed=2**35 + 3, batchNumber=2)
        file = draw(description, chance)
        if mask:
            skipped = not_begun(file["mask"], direction == "reverse")
            file["grad_output"][skipped] = 0
        found = run_keras(description, file)
        expected = evaluate(description, file)
        expected = {name: expected[name] for name in found}
        if mask:
            assert not found["output"][skipped].any()
            expected["output"] = np.where(skipped[..., None], 0, expected["output"])
        name = "recurrent dropout" if rate else "missing steps" if mask else "one bias and backwards"
        worst[name] = max(worst.get(name, 0), distance(found, expected))
    for name, error in worst.items():
        yield f"Keras: {name}", error, TOLERANCE
