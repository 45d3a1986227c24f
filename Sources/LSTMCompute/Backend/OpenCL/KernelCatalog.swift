internal import CKernels

/// What the kernels in `Kernels/` are built as: each with the options that change its text, in sizes
/// that devices are given.
///
/// `lstm-bench --kernels` prints it; `Scripts/lint-kernels` and `Scripts/nvidia-kernels` compile it.
package enum KernelCatalog {
  /// A line for each program: its files in order, its options and its kernels, with tabs between
  /// these and spaces within.
  package static var lines: [String] {
    var programs: [[String]] = []
    var names: [[String]: [String]] = [:]
    for source in sources {
      let program = [
        source.files.map { String(cString: $0.cName) }.joined(separator: " "),
        source.options.joined(separator: " "),
      ]
      if names[program] == nil { programs.append(program) }
      if names[program, default: []].contains(source.name) { continue }
      names[program, default: []].append(source.name)
    }
    return programs.map { program in
      (program + [names[program, default: []].joined(separator: " ")]).joined(separator: "\t")
    }
  }

  /// All of them.
  static var sources: [KernelSource] { single + optimizers + cells + products + tensors + layers }

  /// Kernels of which there is one variant.
  private static var single: [KernelSource] {
    [
      Dropout.source, GatherWindows.source, GradientNorm.partsSource, GradientNorm.scaleSource,
      GradientSum.source, BatchLoss.source, Merge.source, SumColumns.source, SumSlices.source,
      ProjectionBackward.source,
    ] + [false, true].map { GridBarrierProbe.source.adding(fence: $0) }
  }

  private static var optimizers: [KernelSource] {
    let options: [(KernelSource, OptimizerKernel.Option?)] = [
      (OptimizerKernel.adam, nil), (OptimizerKernel.rmsprop, .moves),
      (OptimizerKernel.sgd, .nesterov),
    ]
    return options.flatMap { source, option in
      let sets: [Set<OptimizerKernel.Option>] = [[], [.adjusts]]
      let own = option.map { option in sets.map { $0.union([option]) } } ?? []
      return (sets + own).map { OptimizerKernel.source(source, $0) }
    }
  }

  private static let precisions: [Precision] = [.float32, .float16, .bf16]

  /// What composed steps are made of.
  private static var cells: [KernelSource] {
    precisions.flatMap { precision in
      [ProjectionForward.source(precision)]
        + (precision == .float32 ? [] : [Narrow.source(precision)])
        + [false, true].flatMap { normalizes in
          [32, 64, 128].flatMap { items in
            let options = CellKernelOptions(
              normalizesGates: normalizes, precision: precision, items: items)
            return [CellForward.source(options), CellBackward.source(options)]
          }
        }
    }
  }

  private static var products: [KernelSource] {
    MatrixProduct.Kind.allCases.flatMap { kind in
      precisions.flatMap { precision in
        [false, true].map {
          MatrixProduct.source(kind, accumulates: $0, precision: precision)
        }
      } + [MatrixProduct.source(kind, isProcessor: true)]
    } + [MatrixProduct.source(.transposedA, joined: true)]
      + ProductTiles.candidates.dropFirst().map { MatrixProduct.source(.plain, tiles: $0) }
  }

  // MARK: - Tensor cores

  /// What is multiplied, and how the right operand lies in memory.
  private typealias Format = (multiplied: Precision, stored: Precision)
  /// Those of the products with weights: forward, and of gradients.
  private static let forwardFormats: [Format] = [
    (.tf32, .float32), (.float16, .float16), (.bf16, .bf16),
  ]
  private static let backwardFormats: [Format] = forwardFormats.map {
    ($0.multiplied.ofGradients, $0.stored)
  }

  /// The products on tensor cores that networks have: with weights, forward and back, and those of
  /// gradients of weights.
  static let tensorProducts: [TensorProduct.Variant] = {
    func variant(
      _ kind: MatrixProduct.Kind, accumulates: Bool = false, _ format: Format
    ) -> TensorProduct.Variant {
      TensorProduct.Variant(
        kind, accumulates: accumulates, format: format.multiplied, storage: format.stored)
    }
    return [false, true].flatMap { accumulates in
      forwardFormats.map { variant(.transposedB, accumulates: accumulates, $0) }
        + backwardFormats.map { variant(.plain, accumulates: accumulates, $0) }
    } + [.tf32, .bf16].map { variant(.transposedA, ($0, .float32)) }
  }()

  private static var tensors: [KernelSource] {
    [TensorProduct.Instructions.emulated, .ptx, .ptx90].flatMap { instructions in
      tensorProducts.map { TensorProduct.source($0, instructions) } + tensorSteps(instructions)
    }
  }

  private static func tensorSteps(_ instructions: TensorProduct.Instructions) -> [KernelSource] {
    // Those are chosen for GPUs; where tensor cores are emulated, one warp does.
    let candidates =
      instructions == .emulated ? [TensorStepSizes.smallest] : TensorStepSizes.candidates
    return candidates.flatMap { candidate in
      let forward = forwardFormats.flatMap { format in
        [true, false].map { isAligned in
          LSTMTensorStepForward.source(
            LSTMTensorStep.Variant(
              format: format.multiplied, storage: format.stored, sizes: candidate,
              isAligned: isAligned), instructions)
        }
      }
      let backward = backwardFormats.flatMap { format in
        [1, 2].flatMap { slices in
          [1, 2, 4].map { columns in
            var sizes = candidate
            (sizes.slices, sizes.columnFragments) = (slices, columns)
            return LSTMTensorStepBackward.source(
              LSTMTensorStep.Variant(
                format: format.multiplied, storage: format.stored, sizes: sizes, isAligned: true),
              instructions)
          }
        }
      }
      return forward + backward
    }
  }

  // MARK: - Layers

  /// A GPU with the least local memory that any has.
  private static let limits = ResidentSizes.Limits(
    computeUnits: 132, localMemory: 49152, largestWorkGroup: 1024)
  /// Layers that are resident, and their batches.
  private static let residentShapes: [(units: Int, inputs: Int, batch: Int)] = [
    (1, 1, 1), (32, 8, 1), (64, 8, 1), (64, 5, 4096), (96, 8, 1), (97, 8, 4096), (112, 112, 1),
    (128, 128, 1), (128, 128, 256), (128, 128, 4096),
  ]
  /// The same for cooperative layers.
  private static let cooperativeShapes: [(units: Int, batch: Int)] = [
    (129, 512), (256, 1), (256, 512), (512, 512), (1000, 1), (1024, 1), (1024, 512), (1536, 512),
  ]

  private static var layers: [KernelSource] {
    let resident = residentShapes.compactMap { units, inputs, batch in
      try? ResidentSizes(units: units, inputSize: inputs, batchSize: batch, limits: limits)
    }
    let cooperative = cooperativeShapes.compactMap { units, batch in
      try? CooperativeSizes(units: units, batchSize: batch, limits: limits)
    }
    let steps = [2, 4, 8].map { StepSizes(itemRows: $0, tileRows: 4 * $0) }
    return CellVariant.samples.flatMap { variant in
      steps.flatMap { sizes in
        [false, true].map { LSTMStepForward.source(sizes, variant, isProcessor: $0) }
          + [LSTMStepBackward.source(sizes, variant)]
      }
        + resident.flatMap { sizes in
          [
            LSTMResidentForward.source(sizes, variant), LSTMResidentBackward.source(sizes, variant),
          ]
        }
        + cooperative.flatMap { sizes in
          [
            LSTMCooperativeForward.source(sizes, variant),
            LSTMCooperativeBackward.source(sizes, variant),
          ].flatMap { source in
            // With and without the compiler's own fence, which no option has to do with.
            (variant == .plain ? [false, true] : [true]).map { source.adding(fence: $0) }
          }
        }
    }
  }
}

extension CellVariant {
  /// What a layer may have: nothing, each option alone, and all of them.
  static var samples: [CellVariant] {
    let options: [WritableKeyPath<CellVariant, Bool>] = [
      \.keepsState, \.dropsHidden, \.hasPeepholes, \.couplesGates, \.clips, \.isUnaligned,
    ]
    func variant(_ options: [WritableKeyPath<CellVariant, Bool>]) -> CellVariant {
      options.reduce(into: CellVariant()) { $0[keyPath: $1] = true }
    }
    return [.plain] + options.map { variant([$0]) } + [variant(options)]
  }
}
