"""A network around the general LSTM: a head on its last step, on every step, or on the steps of a
decoder that starts from its states (Cho et al. 2014, "Learning phrase representations using RNN
encoder-decoder for statistical machine translation"), and the losses that it is trained with."""

import json

import torch
from cell import directions, output_width, parameter_shapes, real, run_stack, state_width

ENCODER_DECODER = "encoder-decoder"


def network_shapes(description):
    """The shape of each parameter by its name, in the order of a flat buffer."""
    layers = description["layers"]
    width = output_width(layers[-1])
    shapes = parameter_shapes("lstm", layers, description["inputSize"])
    if description["decoderSteps"]:
        shapes |= parameter_shapes("decoder", layers, width)
    size = description["outputSize"]
    return shapes | {"head.weight": (size, width), "head.bias": (size,)}


def run_network(description, parameters, x, present, masks, observe=None):
    """The outputs [B,S,O] for windows x [T,B,I], of whose steps those in present [T,B] exist."""
    layers, batch = description["layers"], x.shape[1]
    states = [layer for layer in layers for _ in directions(layer)]
    h_0 = [x.new_zeros(batch, state_width(layer)) for layer in states]
    c_0 = [x.new_zeros(batch, layer["hiddenSize"]) for layer in states]
    none = torch.zeros_like(present)
    y, _, h_n, c_n = run_stack(
        "lstm", layers, parameters, x, present, none, h_0, c_0, masks, observe=observe)
    if description["head"] == "lastStep":
        y = y[-1:]
    elif steps := description["decoderSteps"]:
        # Every step of the decoder sees what the encoder said last, and all of them exist.
        repeated = y[-1].expand(steps, *y.shape[1:])
        all_steps = torch.ones(steps, batch, dtype=torch.bool)
        y, _, _, _ = run_stack(
            "decoder", layers, parameters, repeated, all_steps, ~all_steps, h_n, c_n, masks,
            first=len(layers), observe=observe)  # fmt: skip
    return (y @ parameters["head.weight"].T + parameters["head.bias"]).transpose(0, 1)


def outputs_per_element(loss):
    """How many outputs there are for each element of the targets."""
    return {"gaussian": 2}.get(loss, len(quantiles(loss)) or 1)


def quantiles(loss):
    return json.loads(loss.replace("quantile(", "[").replace(")", "]")) if "quantile" in loss else []


def element_losses(loss, outputs, targets):
    """The loss of each element; outputs [..., P], targets [...]."""
    error = targets.unsqueeze(-1) - outputs
    if loss == "mse":
        return error[..., 0] ** 2
    if loss == "mae":
        return error[..., 0].abs()
    if loss == "huber":
        size = error[..., 0].abs()
        return torch.where(size <= 1, size**2 / 2, size - 0.5)
    if loss == "gaussian":
        mean_error, log_variance = error[..., 0], outputs[..., 1]
        return 0.5 * (log_variance + mean_error**2 * torch.exp(-log_variance))
    q = torch.tensor([real(q) for q in quantiles(loss)]).to(error)
    # Where the error is 0, the derivative is too.
    sides = torch.where(error > 0, q, torch.where(error < 0, q - 1, torch.zeros_like(error)))
    return (sides * error).mean(-1)


def mean_loss(loss, outputs, targets, weights):
    """The mean over all elements, as much as each of them weighs; 0 if none weighs anything."""
    if weights is None:
        return element_losses(loss, outputs, targets).mean()
    # The target of an element that weighs nothing may be anything, even no number.
    targets = torch.where(weights > 0, targets, torch.zeros_like(targets))
    total = weights.sum()
    sum_of_losses = (weights * element_losses(loss, outputs, targets)).sum()
    return sum_of_losses / total if total > 0 else sum_of_losses * 0


def target_rows(description, windows):
    """The rows of the targets [B,S,rows of a step] that the outputs are compared with."""
    first, steps, horizon = windows[:, 1], description["steps"], description["horizon"]
    if description["decoderSteps"]:
        return first[:, None, None] + torch.arange(horizon)[:, None]
    if description["head"] == "lastStep":
        return first[:, None, None] + torch.arange(horizon)
    begins = first[:, None] - (steps - 1) + torch.arange(steps)
    return begins[..., None] + torch.arange(horizon)
