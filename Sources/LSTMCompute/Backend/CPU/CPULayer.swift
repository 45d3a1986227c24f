internal import CSIMD

/// One LSTM layer on the CPU: its packed weights and what a pass over a batch leaves.
///
/// The layouts are those of `CSIMD.h`, for the batch at hand; the buffers hold the largest one.
final class CPULayer {
  let instructions: InstructionSet
  let steps: Int
  let inputSize: Int
  let hiddenSize: Int
  /// P, the number of panels of units.
  let panels: Int
  /// Hp, the number of units with their padding.
  let stride: Int

  /// `[T+1, B, Hp]`, or `[2, B, Hp]` where no one reads the sequence: then a step reads one half and
  /// writes the other.
  let hidden: AlignedBuffer
  let keepsHidden: Bool
  /// `[T+1, B, Hp]`, or `[2, B, Hp]` for inference.
  let cell: AlignedBuffer
  let keepsTrace: Bool
  /// `[P, T * B, 4, V]`.
  let gates: AlignedBuffer
  /// `[P, rowsAhead, 4, V]`, the products with W of the steps to come; in training these are put
  /// where the gates will be.
  let sums: AlignedBuffer
  let sumRows: Int
  /// `[P, I + H, 4, V]`, and the bias `[P, 4, V]`.
  let weights: AlignedBuffer
  let bias: AlignedBuffer
  /// R and W for the backward pass.
  let recurrentBackward: AlignedBuffer
  let inputBackward: AlignedBuffer
  /// The gradients of `weights` and `bias`.
  let weightGradient: AlignedBuffer
  let biasGradient: AlignedBuffer
  /// `[B, Hp]`, carried from step to step by the backward pass.
  let hiddenGradient: AlignedBuffer
  let cellGradient: AlignedBuffer

  var lanes: Int { stride / panels }
  var width: Int { 4 * lanes }
  /// How many vectors the gates of a panel fill, 4 in all but the last.
  func vectors(ofPanel panel: Int) -> Int {
    instructions.vectorCount(hiddenSize: hiddenSize, panel: panel)
  }

  init(
    instructions: InstructionSet, configuration: ExecutorConfiguration, inputSize: Int,
    hiddenSize: Int, isFirst: Bool, isLast: Bool, memory: inout MemoryBudget
  ) throws(LSTMError) {
    let lanes = Int(instructions.laneCount)
    let (steps, batch) = (configuration.steps, configuration.batchSize)
    let trains = configuration.mode == .training
    self.instructions = instructions
    self.steps = steps
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
    panels = (hiddenSize + lanes - 1) / lanes
    stride = panels * lanes
    keepsTrace = trains

    func blocks(_ columns: Int) -> Int { (columns + 4 * lanes - 1) / (4 * lanes) }
    let trained = trains ? 1 : 0
    keepsHidden = trains || !isLast
    hidden = try memory.buffer(keepsHidden ? steps + 1 : 2, batch, stride)
    cell = try memory.buffer(trains ? steps + 1 : 2, batch, stride)
    gates = try memory.buffer(trained, steps, batch, 4 * stride)
    sumRows = trains || steps == 1 ? 0 : min(BatchSplit.rowsAhead, steps * batch)
    sums = try memory.buffer(sumRows, 4 * stride)
    weights = try memory.buffer(inputSize + hiddenSize, 4 * stride)
    bias = try memory.buffer(4 * stride)
    recurrentBackward = try memory.buffer(trained, blocks(hiddenSize), 4 * stride, 4 * lanes)
    inputBackward = try memory.buffer(
      isFirst ? 0 : trained, blocks(inputSize), 4 * stride, 4 * lanes)
    weightGradient = try memory.buffer(trained, inputSize + hiddenSize, 4 * stride)
    biasGradient = try memory.buffer(trained, 4 * stride)
    hiddenGradient = try memory.buffer(trained, batch, stride)
    cellGradient = try memory.buffer(trained, batch, stride)
  }

  // MARK: - Where things lie

  /// `[B, Hp]`, the last step's output.
  func lastHidden(batch: Int) -> UnsafeMutablePointer<Float> {
    hiddenState(steps, batch)
  }

  /// The state after the last step, without padding.
  func finalState(batch: Int) -> LayerState {
    func unpadded(_ start: UnsafeMutablePointer<Float>) -> [Float] {
      (0..<batch).flatMap { UnsafeBufferPointer(start: start + $0 * stride, count: hiddenSize) }
    }
    return LayerState(
      hidden: unpadded(lastHidden(batch: batch)), cell: unpadded(cellState(steps, batch)))
  }

  func hiddenState(_ slot: Int, _ batch: Int) -> UnsafeMutablePointer<Float> {
    hidden.start + (keepsHidden ? slot : slot % 2) * batch * stride
  }

  func cellState(_ slot: Int, _ batch: Int) -> UnsafeMutablePointer<Float> {
    cell.start + (keepsTrace ? slot : slot % 2) * batch * stride
  }
}
