"""Times PyTorch's nn.LSTM and a linear head on one case that compare.py made.

PyTorch at its best: inference_mode, its own time-major layout, all threads, Adam in its fused
version; on cuda, cuDNN with its defaults (--no-tf32 turns TF32 off).
"""

import numpy
import torch

import common


def main():
    options = common.options(__doc__, ["inference", "training"])
    if options.no_tf32:
        torch.backends.cudnn.allow_tf32 = False
        torch.backends.cuda.matmul.allow_tf32 = False
    tensors, (B, T, I, H, L) = common.load(options.data)
    tensors = {name: torch.from_numpy(value).to(options.device) for name, value in tensors.items()}
    lstm = torch.nn.LSTM(I, H, L).to(options.device)
    head = torch.nn.Linear(H, 1).to(options.device)
    lstm.load_state_dict({n[5:]: v for n, v in tensors.items() if n.startswith("lstm.")})
    head.load_state_dict({n[5:]: v for n, v in tensors.items() if n.startswith("head.")})
    x = tensors["input"].transpose(0, 1).contiguous()
    y = tensors["target"]
    wait = torch.cuda.synchronize if options.device == "cuda" else lambda: None

    if options.mode == "inference":
        def body(times):
            with torch.inference_mode():
                for _ in range(times):
                    head(lstm(x)[0][-1])
            wait()

        with torch.inference_mode():
            results = {"output": head(lstm(x)[0][-1]).cpu().numpy()}
    else:
        parameters = list(lstm.parameters()) + list(head.parameters())
        adam = torch.optim.Adam(parameters, lr=1e-3, fused=True)
        loss = torch.nn.MSELoss()

        def step():
            adam.zero_grad(set_to_none=True)
            value = loss(head(lstm(x)[0][-1]), y)
            value.backward()
            adam.step()
            return value

        def body(times):
            for _ in range(times):
                step()
            wait()

        losses = [step().item() for _ in range(common.ADAM_STEPS)]
        results = {"losses": numpy.array(losses, dtype=numpy.float32)}
    common.report("PyTorch", torch.__version__, common.stopwatch(body), options.results, results)


if __name__ == "__main__":
    main()
