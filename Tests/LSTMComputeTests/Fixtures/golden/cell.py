"""A general LSTM for reading, not for speed: one step at a time, gradients by torch's autograd.

Sizes: T steps, B rows, I inputs, H units, R = projectionSize or H, the width of h. Gates are in the
order i, f, g, o. What is there beside the LSTM of Hochreiter & Schmidhuber 1997 with the forget gate:

    peepholes          Gers & Schmidhuber 2000, "Recurrent nets that time and count"
    projection         Sak, Senior & Beaufays 2014, "Long short-term memory recurrent neural network
                       architectures for large scale acoustic modeling"
    recurrent dropout  Gal & Ghahramani 2016, "A theoretically grounded application of dropout in
                       recurrent neural networks": one mask of h for all steps
    layer norm         Ba, Kiros & Hinton 2016, "Layer normalization", equations 20 to 22
    zoneout            Krueger et al. 2017, "Zoneout: regularizing RNNs by randomly preserving hidden
                       activations"
"""

import numpy as np
import torch
from philox import DROPOUT, RECURRENT_DROPOUT, ZONEOUT_CELL, ZONEOUT_HIDDEN

NORM_EPSILON = 1e-5

# The options of a layer and what they are when nothing is asked for.
PLAIN = {
    "hiddenSize": 1, "direction": "forward", "projectionSize": None, "bias": "two",
    "hasPeepholes": False, "couplesGates": False, "normalizesGates": False,
    "gateClip": None, "cellClip": None, "projectionClip": None,
    "dropout": 0.0, "recurrentDropout": 0.0, "zoneoutHidden": 0.0, "zoneoutCell": 0.0,
}  # fmt: skip


def real(option):
    """An option as the float32 number that an engine is given, in double."""
    return float(np.float32(option))


def directions(layer):
    """The directions of a layer: 0 with time, 1 against it."""
    return {"forward": [0], "reverse": [1]}.get(layer["direction"], [0, 1])


def state_width(layer):
    return layer["projectionSize"] or layer["hiddenSize"]


def output_width(layer):
    return state_width(layer) * (2 if layer["direction"] == "bidirectional" else 1)


def parameter_shapes(stack, layers, input_size):
    """The shape of each parameter of a stack of layers by its name, in the order of a flat buffer."""
    shapes = {}
    for number, layer in enumerate(layers):
        units, width = layer["hiddenSize"], state_width(layer)
        for direction in directions(layer):
            # A layer that only goes against time has one set of parameters, so no suffix.
            end = f"_l{number}" + ("_reverse" if direction and len(directions(layer)) == 2 else "")
            own = {"weight_ih": (4 * units, input_size), "weight_hh": (4 * units, width)}
            if layer["bias"] != "none":
                own["bias_ih"] = (4 * units,)
            if layer["bias"] == "two":
                own["bias_hh"] = (4 * units,)
            if layer["projectionSize"]:
                own["weight_hr"] = (width, units)
            if layer["hasPeepholes"]:
                own["peephole"] = (3, units)
            if layer["normalizesGates"]:
                own |= {"norm_ih": (4 * units,), "norm_hh": (4 * units,)}
                own |= {"norm_cell_weight": (units,), "norm_cell_bias": (units,)}
            shapes |= {f"{stack}.{name}{end}": shape for name, shape in own.items()}
        input_size = output_width(layer)
    return shapes


def normalize(v):
    """Each row with mean 0 and variance 1."""
    centered = v - v.mean(-1, keepdim=True)
    return centered / torch.sqrt((centered**2).mean(-1, keepdim=True) + NORM_EPSILON)


class Direction:
    """One direction of one layer."""

    def __init__(self, layer, named, number, direction, masks, observe=None):
        """
        named: the direction's parameters by the first part of their name
        number, direction: which masks are its own
        masks: philox.Masks, or None for inference
        observe: called with an option's name and the values that it is about to bound
        """
        self.layer, self.number, self.direction = layer, number, direction
        self.masks, self.observe = masks, observe
        self.weight_ih, self.weight_hh = named["weight_ih"], named["weight_hh"]
        self.biases = [named[n] for n in ("bias_ih", "bias_hh") if n in named]
        self.named = named

    def bound(self, option, v):
        if self.layer[option] is None:
            return v
        if self.observe:
            self.observe(option, v)
        return torch.clamp(v, -real(self.layer[option]), real(self.layer[option]))

    def step(self, x, h, c, keep_hidden, keep_cell, recurrent_mask):
        """The states after a step of inputs x, given those before it."""
        layer, named = self.layer, self.named
        masked = h if recurrent_mask is None else h * recurrent_mask
        from_input, from_state = x @ self.weight_ih.T, masked @ self.weight_hh.T
        if layer["normalizesGates"]:
            from_input = named["norm_ih"] * normalize(from_input)
            from_state = named["norm_hh"] * normalize(from_state)
        a_i, a_f, a_g, a_o = sum(self.biases, from_input + from_state).chunk(4, dim=-1)
        if layer["hasPeepholes"]:
            p_i, p_f, p_o = named["peephole"]
            a_i, a_f = a_i + p_i * c, a_f + p_f * c
        i = torch.sigmoid(self.bound("gateClip", a_i))
        if layer["couplesGates"]:
            f = 1 - i
        else:
            f = torch.sigmoid(self.bound("gateClip", a_f))
        g = torch.tanh(self.bound("gateClip", a_g))
        cell = self.bound("cellClip", f * c + i * g)
        if layer["hasPeepholes"]:
            a_o = a_o + p_o * cell
        o = torch.sigmoid(self.bound("gateClip", a_o))
        shown = cell
        if layer["normalizesGates"]:
            shown = named["norm_cell_weight"] * normalize(cell) + named["norm_cell_bias"]
        hidden = o * torch.tanh(shown)
        if layer["projectionSize"]:
            hidden = self.bound("projectionClip", hidden @ named["weight_hr"].T)
        return zoneout(keep_hidden, h, hidden), zoneout(keep_cell, c, cell)

    def run(self, x, h, c, present):
        """Runs over x [T,B,I]; present [T,B] says which steps exist.

        Returns h and c of every step [T,B,.] and of the last.
        """
        steps, batch = present.shape
        keep_hidden = self.zoneout_masks("zoneoutHidden", ZONEOUT_HIDDEN, (steps, *h.shape))
        keep_cell = self.zoneout_masks("zoneoutCell", ZONEOUT_CELL, (steps, *c.shape))
        recurrent_mask = None
        rate = self.layer["recurrentDropout"]
        if self.masks and rate > 0:
            kept = self.masks.keep(RECURRENT_DROPOUT, self.number, self.direction, h.shape, rate)
            recurrent_mask = torch.from_numpy(kept).to(x) / (1 - real(rate))
        hs, cs = [None] * steps, [None] * steps
        for t in reversed(range(steps)) if self.direction else range(steps):
            h_next, c_next = self.step(x[t], h, c, keep_hidden[t], keep_cell[t], recurrent_mask)
            exists = present[t].unsqueeze(-1)
            h, c = torch.where(exists, h_next, h), torch.where(exists, c_next, c)
            hs[t], cs[t] = h, c
        return torch.stack(hs), torch.stack(cs), h, c

    def zoneout_masks(self, option, kind, shape):
        """For every step, where the old value is kept: true or false, or a share in inference."""
        rate = self.layer[option]
        if not self.masks or rate == 0:
            return [real(rate)] * shape[0]
        drawn = self.masks.keep(kind, self.number, self.direction, shape, rate)
        return torch.from_numpy(~drawn)


def zoneout(keep, old, new):
    if isinstance(keep, float):
        return keep * old + (1 - keep) * new if keep else new
    return torch.where(keep, old, new)


def run_stack(
    stack, layers, parameters, x, present, beyond, h_0, c_0, masks, first=0, observe=None
):
    """Runs a stack of layers over x [T,B,I].

    present [T,B]: which steps exist, beyond [T,B]: which lie after the end of their row
    h_0, c_0: the initial states by state index
    first: the number that the first layer's masks have
    Returns the output [T,B,F] and by state index the cells of every step [T,B,H], h_n and c_n.
    """
    cells, h_n, c_n = [], [], []
    for number, layer in enumerate(layers):
        outputs = []
        for direction in directions(layer):
            end = f"_l{number}" + ("_reverse" if direction and len(directions(layer)) == 2 else "")
            named = {
                name[len(stack) + 1 : -len(end)]: tensor
                for name, tensor in parameters.items()
                if name.startswith(stack + ".") and name.endswith(end)
            }
            own = Direction(layer, named, first + number, direction, masks, observe)
            k = len(h_n)
            hs, cs, h, c = own.run(x, h_0[k], c_0[k], present)
            outputs.append(hs)
            cells.append(cs), h_n.append(h), c_n.append(c)
        if layer["direction"] == "bidirectionalSum":
            x = outputs[0] + outputs[1]
        else:
            x = torch.cat(outputs, dim=-1)
        x = torch.where(beyond.unsqueeze(-1), torch.zeros_like(x), x)
        if masks and layer["dropout"] > 0:
            kept = masks.keep(DROPOUT, first + number, 0, x.shape, layer["dropout"])
            x = x * (torch.from_numpy(kept).to(x) / (1 - real(layer["dropout"])))
        if not torch.isfinite(x).all():
            raise ArithmeticError(f"{stack} layer {number} has an output that is not finite")
    return x, cells, h_n, c_n
