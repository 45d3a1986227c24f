internal import CSIMD

/// The panel layers of a stack, which share the split of the batch over threads.
final class PanelGroup {
  /// How a batch of `batch` rows and `steps` steps is split over the threads.
  var split = BatchSplit()
  private var batch = 0
  private var steps = 0
  private unowned let operations: CPUOperations
  /// What they write one after the other in inference.
  let shared = LayerMemory<AlignedBuffer>()
  /// The layers know the group.
  fileprivate(set) var layers: [Unowned<PanelLayer>] = []

  init(_ operations: CPUOperations) { self.operations = operations }

  /// Chooses the split and the steps ahead for a batch.
  func prepare(_ pass: ForwardPass<AlignedBuffer>) {
    guard pass.batch != batch || pass.steps != steps else { return }
    (batch, steps) = (pass.batch, pass.steps)
    split = split(of: pass)
    for layer in layers {
      layer.object.stepsAhead = split.stepsAhead(
        layer.object.splitMeasure, batch: batch, steps: steps)
    }
  }

  /// How a batch is split.
  func split(of pass: ForwardPass<AlignedBuffer>) -> BatchSplit {
    let operations = layers.reduce(0) { $0 + $1.object.stepOperations } * pass.rows
    return BatchSplit.best(
      layers.map(\.object.splitMeasure), batch: pass.batch, steps: pass.steps,
      parts: self.operations.team.parts(of: .max, operations: operations))
  }
}

/// A reference that does not keep its object.
struct Unowned<Object: AnyObject> {
  unowned let object: Object
}

extension CPUOperations {
  // MARK: - Layers

  func makeLayers(
    _ places: [[LayerPlace]]
  ) throws -> [[any LayerPass<AlignedBuffer, Float>]] {
    let group = PanelGroup(self)
    let stepped = LayerMemory<AlignedBuffer>()
    return try places.map {
      try $0.map { place in
        guard PanelLayer.isSupported(place.layer) else {
          return try SteppedLayer(place, self, sharing: place.isTraining ? nil : stepped)
        }
        let layer = try PanelLayer(place, in: group, self)
        group.layers.append(Unowned(object: layer))
        return layer
      }
    }
  }

  func prepare(
    _ layers: [[any LayerPass<AlignedBuffer, Float>]], _ pass: ForwardPass<AlignedBuffer>
  ) {
    group(of: layers)?.prepare(pass)
  }

  func prepareBackward(
    _ layers: [[any LayerPass<AlignedBuffer, Float>]], _ gradients: StackGradients<AlignedBuffer>
  ) throws {
    for (directions, input) in zip(layers, gradients.inputs) where input != nil {
      for direction in directions { try (direction as? PanelLayer)?.prepareInputGradient() }
    }
  }

  func gradientPitch(ofColumns columns: Int) -> Int {
    let lanes = Int(instructions.laneCount)
    return (columns + lanes - 1) / lanes * lanes
  }

  func plan(
    of layers: [[any LayerPass<AlignedBuffer, Float>]], _ pass: ForwardPass<AlignedBuffer>
  ) -> String {
    let steps = layers.enumerated().compactMap { index, directions in
      directions[0] is PanelLayer
        ? nil : "layer \(index + 1): steps (\(directions[0].place.layer.reasonForSteps))"
    }
    guard let group = group(of: layers) else {
      return (["composed steps, float32, \(instructions.name), \(threads(team.threads))"] + steps)
        .joined(separator: "; ")
    }
    let split = group.split(of: pass)
    let units = split.unitGroups == 1 ? "" : ", \(split.unitGroups) over the units"
    let fused =
      "fused steps, float32, \(instructions.name), \(threads(split.rowGroups)) over the batch\(units)"
    return ([fused] + steps).joined(separator: "; ")
  }

  private func threads(_ count: Int) -> String { "\(count) thread\(count == 1 ? "" : "s")" }

  private func group(of layers: [[any LayerPass<AlignedBuffer, Float>]]) -> PanelGroup? {
    for directions in layers {
      for direction in directions {
        // From an object, the cast is a comparison of classes.
        if let layer = (direction as AnyObject) as? PanelLayer { return layer.group }
      }
    }
    return nil
  }
}

extension LSTMLayer {
  /// Which of its options the panels of units do not take.
  fileprivate var reasonForSteps: String {
    [projectionSize != nil ? "projection" : nil, normalizesGates ? "normalized gates" : nil]
      .compactMap(\.self).joined(separator: ", ")
  }
}
