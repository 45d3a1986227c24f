import FoundationEssentials
import LSTMCompute

/// What a case computes with: the first batch of a series, and the initial parameters.
struct BenchmarkData {
  let shape: BenchmarkCase
  let series: WindowedSeries
  let parameters: Parameters
}

extension BenchmarkData {
  /// The data of a case that `compare.py` made, which says in its metadata which shape it is.
  init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    guard
      let text = file.metadata["shape"],
      let sizes = try? JSONDecoder().decode([Int].self, from: Data(text.utf8)), sizes.count == 5,
      let input = file.tensors["input"], let target = file.tensors["target"]
    else {
      throw LSTMError.invalidFile("\(path): not a case that compare.py made")
    }
    shape = BenchmarkCase(
      batch: sizes[0], steps: sizes[1], inputs: sizes[2], hidden: sizes[3], layers: sizes[4])
    // A batch of sequences is a series whose windows do not overlap.
    let windows = (0..<shape.batch).map {
      Window(inputRow: Int32($0 * sizes[1]), targetRow: Int32($0))
    }
    series = try WindowedSeries(
      inputs: input.floats, inputSize: shape.inputs, targets: target.floats, targetSize: 1,
      steps: shape.steps, windows: windows)
    var parameters = Parameters(zerosFor: ParameterLayout(try shape.specification))
    for slice in parameters.layout.slices {
      guard let tensor = file.tensors[slice.name], tensor.shape == slice.shape else {
        throw LSTMError.invalidFile("\(path): no tensor '\(slice.name)' of shape \(slice.shape)")
      }
      parameters[slice] = tensor.floats[...]
    }
    self.parameters = parameters
  }
}
