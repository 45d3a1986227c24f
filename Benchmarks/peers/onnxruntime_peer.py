"""Times ONNX Runtime on one case that compare.py made; inference only, all threads."""

import onnxruntime

import common
import onnx_model


def main():
    options = common.options(__doc__, ["inference"])
    tensors, shape = common.load(options.data)
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        onnx_model.model(tensors, shape), settings, providers=["CPUExecutionProvider"])
    feed = {"input": onnx_model.time_major(tensors)}

    def body(times):
        for _ in range(times):
            session.run(None, feed)

    results = {"output": session.run(None, feed)[0]}
    common.report("ONNX Runtime", onnxruntime.__version__, common.stopwatch(body),
                  options.results, results)


if __name__ == "__main__":
    main()
