"""Times PyTorch's nn.LSTM and a linear head on one case that compare.py made.

PyTorch at its best: inference_mode, its own time-major layout, all threads, Adam in its fused
version; on cuda, cuDNN. --precision float32 turns TF32 off and tf32 turns it on; with float16 and bf16
the whole module is in 16 bits, its parameters and gradients too.
"""

import numpy
import torch

import common


def main():
    options = common.options(__doc__, ["inference", "training"])
    torch.backends.cudnn.allow_tf32 = options.precision == "tf32"
    torch.backends.cuda.matmul.allow_tf32 = options.precision == "tf32"
    kind = {"float16": torch.float16, "bf16": torch.bfloat16}.get(options.precision, torch.float32)
    tensors, (B, T, I, H, L) = common.load(options.data)
    tensors = {name: torch.from_numpy(value).to(options.device, kind)
               for name, value in tensors.items()}
    lstm = torch.nn.LSTM(I, H, L).to(options.device, kind)
    head = torch.nn.Linear(H, 1).to(options.device, kind)
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
            results = {"output": head(lstm(x)[0][-1]).float().cpu().numpy()}
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
