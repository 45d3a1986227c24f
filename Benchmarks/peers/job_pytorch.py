"""The whole job in PyTorch: read, scale, window, train five epochs, validate, save."""

import sys

import numpy
import torch

import job_data


def main():
    (x, y), (vx, vy) = job_data.load(sys.argv[1])
    x, y = torch.from_numpy(numpy.ascontiguousarray(x)), torch.from_numpy(y)
    vx, vy = torch.from_numpy(numpy.ascontiguousarray(vx)), torch.from_numpy(vy)
    torch.manual_seed(0)
    lstm = torch.nn.LSTM(x.shape[2], job_data.UNITS, batch_first=True)
    head = torch.nn.Linear(job_data.UNITS, 1)
    parameters = list(lstm.parameters()) + list(head.parameters())
    adam = torch.optim.Adam(parameters, lr=1e-3, fused=True)
    loss = torch.nn.MSELoss()
    for epoch in range(job_data.EPOCHS):
        order = torch.randperm(len(x))
        total = 0.0
        for batch in order.split(job_data.BATCH):
            adam.zero_grad(set_to_none=True)
            value = loss(head(lstm(x[batch])[0][:, -1]), y[batch])
            value.backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1.0)
            adam.step()
            total += value.detach() * len(batch)
        with torch.inference_mode():
            validation = sum(
                loss(head(lstm(a)[0][:, -1]), b) * len(a)
                for a, b in zip(vx.split(256), vy.split(256))) / len(vx)
        print(f"epoch {epoch + 1}  loss {total.item() / len(x):.4f}  validation {validation:.4f}")
    torch.save({"lstm": lstm.state_dict(), "head": head.state_dict()}, sys.argv[2])


if __name__ == "__main__":
    main()
