"""Layers on arrays, and the files that tensors are handed over in."""

import os
import tempfile
import unittest

import swift_lstm
from swift_lstm import _tensors
from support import QUICK, needs, sales


class ApplyTests(unittest.TestCase):
    @needs("numpy")
    def test_against_the_equations(self):
        import numpy
        random = numpy.random.default_rng(1)
        inputs, units, batch, steps = 3, 2, 2, 4
        weights = {
            "weight_ih_l0": random.normal(size=(4 * units, inputs)).astype("f4"),
            "weight_hh_l0": random.normal(size=(4 * units, units)).astype("f4"),
            "bias_ih_l0": random.normal(size=4 * units).astype("f4"),
            "bias_hh_l0": random.normal(size=4 * units).astype("f4"),
        }
        x = random.normal(size=(batch, steps, inputs)).astype("f4")
        h, c, outputs = numpy.zeros((batch, units)), numpy.zeros((batch, units)), []
        for step in range(steps):
            z = (x[:, step] @ weights["weight_ih_l0"].T + h @ weights["weight_hh_l0"].T
                 + weights["bias_ih_l0"] + weights["bias_hh_l0"])
            i, f, g, o = numpy.split(z, 4, axis=1)
            def sigmoid(v): return 1 / (1 + numpy.exp(-v))
            c = sigmoid(f) * c + sigmoid(i) * numpy.tanh(g)
            h = sigmoid(o) * numpy.tanh(c)
            outputs.append(h)
        results = swift_lstm.apply(weights, x, device="cpu")
        expected = numpy.stack(outputs, axis=1)
        self.assertTrue(numpy.abs(results["output"] - expected).max() <= 1e-5)
        self.assertTrue(numpy.abs(results["c_n"][0] - c).max() <= 1e-5)

        results = swift_lstm.apply(weights, x, grad_output=numpy.ones_like(expected, "f4"))
        self.assertEqual(results["grad_input"].shape, x.shape)
        self.assertEqual(results["grad.weight_ih_l0"].shape, (4 * units, inputs))

    @needs("numpy")
    def test_heads_and_states_of_layers(self):
        import numpy
        model = swift_lstm.fit(sales(), target="units", plain=True, **{**QUICK, "units": [3, 2]})
        x = numpy.ones((2, 7, 1), "f4")
        states = {"h_0.0": numpy.ones((2, 3), "f4"), "h_0.1": numpy.ones((2, 2), "f4")}
        results = swift_lstm.apply(model, x, grad_predictions=numpy.ones((2, 1), "f4"), **states)
        self.assertEqual(results["grad_h_0.0"].shape, (2, 3))
        self.assertEqual(results["grad_input"].shape, x.shape)
        self.assertTrue(numpy.abs(results["grad_h_0.1"]).max() > 0)
        without = swift_lstm.apply(model, x)
        self.assertFalse((without["output"] == results["output"]).all())
        with self.assertRaises(swift_lstm.LSTMDetectError) as caught:
            swift_lstm.apply(model, x, **{"h_9.9": x})
        self.assertRegex(str(caught.exception), "^input.safetensors")

    @needs("numpy")
    def test_bfloat16(self):
        import numpy

        class Tensor:
            """As one of PyTorch, which makes no array of bfloat16."""
            dtype = "torch.bfloat16"

            def detach(self):
                return self

            cpu = detach

            def float(self):
                return numpy.array([1.5, -2], "f4")

        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.safetensors")
            _tensors.write({"a": Tensor()}, path)
            self.assertEqual(_tensors.read(path)["a"].tolist(), [1.5, -2])

    @needs("numpy")
    def test_tensor_files(self):
        import numpy
        tensors = {"a": numpy.arange(6.0).reshape(2, 3).T, "b": numpy.array([1], ">i4"), "s": numpy.float32(2)}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "t.safetensors")
            _tensors.write(tensors, path)
            read = _tensors.read(path)
            self.assertEqual(read["s"].shape, ())
            for name, tensor in tensors.items():
                self.assertTrue((read[name] == tensor).all(), name)
            with self.assertRaisesRegex(TypeError, "a is of type complex128"):
                _tensors.write({"a": numpy.array([1j])}, path)
