import ArgumentParser
import LSTMCompute

/// What the network runs on.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to run on: auto, cpu, reference, opencl, or opencl:N with a number from "
        + "`lstm-detect devices`. auto takes an OpenCL GPU or accelerator where there is one, else "
        + "the CPU.",
      valueName: "device"))
  var device = DeviceSelection.auto
}
