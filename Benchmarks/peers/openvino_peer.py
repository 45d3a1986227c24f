"""Times OpenVINO on one case that compare.py made; inference only, float32, all threads."""

import openvino

import common
import onnx_model


def main():
    options = common.options(__doc__, ["inference"])
    tensors, shape = common.load(options.data)
    core = openvino.Core()
    model = core.read_model(onnx_model.model(tensors, shape))
    compiled = core.compile_model(
        model, "CPU", {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"})
    request = compiled.create_infer_request()
    feed = {0: onnx_model.time_major(tensors)}

    def body(times):
        for _ in range(times):
            request.infer(feed)

    results = {"output": request.infer(feed)[0].copy()}
    common.report("OpenVINO", openvino.__version__.split("-")[0], common.stopwatch(body),
                  options.results, results)


if __name__ == "__main__":
    main()
