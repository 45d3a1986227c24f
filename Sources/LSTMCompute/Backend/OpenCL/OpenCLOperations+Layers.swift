internal import OpenCL

extension OpenCLOperations {
  typealias Pass = any LayerPass<Buffer<Float>, Float>

  // MARK: - Choice

  /// How layers of a network are run.
  private func plan(
    _ layers: [(layer: LSTMLayer, inputSize: Int)], batchSize: Int
  ) throws(LSTMError) -> NetworkPlan {
    let device = queue.context.device
    var rules = PlanChoice.Rules(
      limits: ResidentSizes.Limits(device), isProcessor: device.isProcessor)
    rules.tuning = kernels.library.tuning.table
    rules.precision = precision
    // Trying takes a moment, and tells nothing where every layer is small.
    let isLarge = layers.contains { $0.layer.hiddenSize > ResidentSizes.largestUnits }
    if selection == .auto, isLarge, precision == .float32 {
      rules.runsSideBySide = try deviceCall { () throws(OpenCLError) in
        try GridBarrierProbe.findings(queue.context).runsSideBySide
      }
    }
    return try NetworkPlan(selection, for: layers, batchSize: batchSize, rules)
  }

  private func plan(_ places: [[LayerPlace]]) throws(LSTMError) -> NetworkPlan {
    var plan = try plan(
      places.map { ($0[0].layer, $0[0].inputSize) }, batchSize: places[0][0].batchSize)
    guard selection == .auto else { return plan }
    try deviceCall { () throws(OpenCLError) in
      try plan.passOverRefused { index, loop throws(OpenCLError) in
        for place in places[index] {
          let sizes = StepSizes(
            units: place.layer.hiddenSize, batchSize: place.batchSize, on: queue.context.device)
          try loop.makeKernels(
            of: kernels.library, CellVariant(place), sizes, isTraining: place.isTraining)
        }
      }
    }
    return plan
  }

  func stepsAtOnce(
    _ specification: NetworkSpecification, _ configuration: ExecutorConfiguration
  ) -> Int {
    wholeSteps = configuration.steps
    if let sizes { return min(sizes.stepsAtOnce, configuration.steps) }
    let layers = specification.layers.enumerated().map { index, layer in
      (layer, specification.inputSize(ofLayer: index))
    }
    // Where layers cannot be run as asked, that is told when they are made.
    guard let plan = try? plan(layers, batchSize: configuration.batchSize) else {
      return configuration.steps
    }
    return PassSizes(
      for: specification, configuration: configuration, loops: plan.loops,
      computeUnits: queue.context.device.computeUnits, tuning: kernels.library.tuning
    ).stepsAtOnce
  }

  /// Layers may run side by side.
  var runsLayersInTurn: Bool { false }

  func makeLayers(_ places: [[LayerPlace]]) throws -> [[Pass]] {
    let plan = try plan(places)
    let loops = plan.loops
    let first = places[0][0]
    let wavefrontSizes = try WavefrontSizes(
      wavefrontSelection, for: places, loops, device: queue.context.device)
    if sliceCount == nil, first.isTraining {
      sliceCount =
        sizes?.gradientSlices
        ?? PassSizes.gradientSlices(
          largestUnits: places.map { $0[0].layer.hiddenSize }.max() ?? 1,
          rows: first.steps * first.batchSize, parameterCount: parameters.count,
          computeUnits: queue.context.device.computeUnits, tuning: kernels.library.tuning)
    }
    let stack = try deviceCall { () throws(OpenCLError) in
      let barrier = try plan.mostTeams.map { teams throws(OpenCLError) in
        try GridBarrier(on: queue, teams: teams)
      }
      let widest = zip(places, loops).filter { $1.projectsBefore && $1 != .composed }
        .map { 4 * $0.0[0].layer.hiddenSize }.max()
      var sharedGates: Buffer<Float>?
      if let widest, !first.isTraining, wavefrontSizes == nil {
        sharedGates = try Buffer(
          count: first.steps * first.batchSize * widest, in: queue.context)
      }
      var layers: [[KernelLayer]] = []
      for (places, loop) in zip(places, loops) {
        var directions: [KernelLayer] = []
        for place in places where loop != .composed {
          directions.append(
            try KernelLayer(place, loop, sharedGates: sharedGates, barrier: barrier, self))
        }
        layers.append(directions)
      }
      let wavefront = try wavefrontSizes.map { sizes throws(OpenCLError) in
        try Wavefront(sizes, layers: layers.count, below: queue)
      }
      return OpenCLStack(
        layers, plan, steps: first.steps, isTraining: first.isTraining, barrier: barrier,
        wavefront: wavefront)
    }
    var passes: [[Pass]] = []
    for (index, places) in places.enumerated() {
      passes.append(
        loops[index] == .composed
          ? try places.map { try SteppedLayer($0, self) } : stack.layers[index])
    }
    stacks[ObjectIdentifier(passes[0][0])] = stack
    return passes
  }

  private func stack(of layers: [[Pass]]) -> OpenCLStack? { stacks[ObjectIdentifier(layers[0][0])] }

  func plan(of layers: [[Pass]], _ pass: ForwardPass<Buffer<Float>>) -> String {
    guard precision == .float32, let stack = stack(of: layers) else { return description }
    let sizes: String
    if stack.isTraining {
      let count = sliceCount ?? 1
      sizes = ", weight gradients in \(count) slice\(count == 1 ? "" : "s")"
    } else {
      sizes = ", \(stack.steps) of \(max(wholeSteps, stack.steps)) steps in memory"
    }
    return stack.plan.description + sizes + (stack.wavefront?.description(steps: stack.steps) ?? "")
      + ", " + kernels.library.tuning.description
  }

  // MARK: - Batches

  func prepare(_ layers: [[Pass]], _ pass: ForwardPass<Buffer<Float>>) {
    // An error would come back with the next command.
    try? deviceCall { () throws(OpenCLError) in
      try closeWavefronts()
      try paceBatch()
    }
  }

  func giveUpWhereNoted() throws {
    try deviceCall { () throws(OpenCLError) in
      for stack in stacks.values { try stack.giveUpWhereNoted(on: queue) }
    }
  }

  // MARK: - Gradients

  /// Where the gradients of a backward pass go, until its end.
  func gradientSlices() throws(LSTMError) -> GradientSlices {
    if let slicedGradients { return slicedGradients }
    let made = try deviceCall { () throws(OpenCLError) in
      try GradientSlices(count: sliceCount ?? 1, of: gradient, in: queue.context)
    }
    slicedGradients = made
    return made
  }

  /// One launch, whose slices are added up at the end of the pass.
  func affineGradient(
    _ d: Rows<Buffer<Float>>, _ a: Rows<Buffer<Float>>, rows: Int, factor: Float,
    into slice: ParameterSlice, biases: [ParameterSlice]
  ) throws {
    guard precision == .float32, sliceCount != nil else {
      return try separateAffineGradient(
        d, a, rows: rows, factor: factor, into: slice, biases: biases)
    }
    let gradients = try gradientSlices()
    try enqueue { () throws(OpenCLError) in
      let left = gradients.write([slice] + biases, factor: factor)
      let product = try kernels.product(OperationKernels.ProductVariant(kind: .transposedA))
      try product(
        on: queue, ProductSize(m: slice.shape[0], n: slice.shape[1], k: rows), MatrixOperand(d),
        MatrixOperand(a), into: gradients.place(of: slice), factor: left,
        slices: gradients.slices,
        rowSums: biases.first.map { ProductRowSums(offset: $0.offset, copies: biases.count) })
    }
  }

  func endGradients() throws {
    try deviceCall { () throws(OpenCLError) in
      try closeWavefronts()
      try slicedGradients?.sum(on: queue) { () throws(OpenCLError) in
        try kernels.only(SumSlices.init)
      }
    }
  }

  // MARK: - Side by side

  /// The layers that run side by side in a pass; `nil` where they run one after the other.
  private func chain(
    _ layers: [[Pass]], _ pass: ForwardPass<Buffer<Float>>
  ) throws(LSTMError) -> (layers: [KernelLayer], wavefront: Wavefront)? {
    guard let stack = stack(of: layers), let wavefront = stack.wavefront else { return nil }
    // Between layers there are the outputs cut to the lengths.
    guard pass.outputScales == nil else {
      guard wavefrontSelection == .auto else {
        throw .invalidConfiguration(
          "sequences of different lengths do not run through layers in chunks of steps; give a mask "
            + "in place of lengths, or run the layers one after the other")
      }
      return nil
    }
    return (stack.layers.map { $0[0] }, wavefront)
  }

  func forwardSideBySide(
    _ layers: [[Pass]], _ pass: ForwardPass<Buffer<Float>>, _ inputs: [Rows<Buffer<Float>>]
  ) throws -> Bool {
    guard let (layers, wavefront) = try chain(layers, pass) else { return false }
    for layer in layers { try layer.prepareStates(pass) }
    try enqueue { () throws(OpenCLError) in
      // All inputs of the lowest layer are there, and one large product is faster than many small.
      try layers[0].project(on: queue, pass, steps: 0..<pass.steps, input: inputs[0])
      try wavefront.forward(steps: pass.steps) { index, steps, queue throws(OpenCLError) in
        let input = inputs[index]
        if index > 0 { try layers[index].project(on: queue, pass, steps: steps, input: input) }
        try layers[index].forward(on: queue, pass, steps: steps, input: input)
      }
    }
    return true
  }

  func backwardSideBySide(
    _ layers: [[Pass]], _ pass: ForwardPass<Buffer<Float>>,
    _ gradients: StackGradients<Buffer<Float>>
  ) throws -> Bool {
    guard let (layers, wavefront) = try chain(layers, pass) else { return false }
    try enqueue { () throws(OpenCLError) in
      try wavefront.backward(steps: pass.steps) { index, steps, queue throws(OpenCLError) in
        let isTop = index == layers.count - 1
        var flow = gradients.flow(ofTop: isTop)
        flow.outputs = isTop ? gradients.outputs : gradients.inputs[index + 1]
        flow.inputs = gradients.inputs[index]
        try layers[index].backward(on: queue, pass, steps: steps, flow)
      }
    }
    return true
  }

  /// Where the gradients of a layer's tensors are computed: where its backward pass was.
  func queue(of layer: KernelLayer) -> CommandQueue {
    for stack in stacks.values {
      guard let wavefront = stack.wavefront, wavefront.isOpen,
        let index = stack.layers.firstIndex(where: { $0[0] === layer })
      else { continue }
      return wavefront.queues[index]
    }
    return queue
  }

  /// Has the first queue wait for the others.
  func closeWavefronts() throws(OpenCLError) {
    for stack in stacks.values { try stack.wavefront?.close() }
  }

  /// The number of kernels that were launched.
  var launchCount: Int {
    queue.launchCount
      + stacks.values.reduce(0) { sum, stack in
        sum + (stack.wavefront?.queues.dropFirst().reduce(0) { $0 + $1.launchCount } ?? 0)
      }
  }

  /// What the work-groups of cooperative layers wait at; `nil` where there are no such layers.
  var barrier: GridBarrier? { stacks.values.lazy.compactMap(\.barrier).first }
  /// What lets layers run side by side; `nil` where they run one after the other.
  var wavefront: Wavefront? { stacks.values.lazy.compactMap(\.wavefront).first }
}
