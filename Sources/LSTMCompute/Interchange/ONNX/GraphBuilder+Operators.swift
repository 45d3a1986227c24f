// The operators of ONNX as functions of values.

extension GraphBuilder {
  // MARK: - Constants

  /// One number.
  package func scalar(_ value: Double) -> Value { doubles([value], shape: []) }

  /// Numbers of 64 bits.
  package func doubles(_ values: [Double], shape: [Int]) -> Value {
    constant(SafetensorsFile.Tensor(doubles: values, shape: shape))
  }

  /// Whole numbers, one index of them or none.
  package func integers(_ values: [Int]) -> Value {
    constant(.init(integers: values, shape: [values.count]))
  }

  /// One whole number.
  package func integer(_ value: Int) -> Value { constant(.init(integers: [value], shape: [])) }

  // MARK: - Arithmetic

  package func add(_ first: Value, _ second: Value) -> Value { node("Add", [first, second]) }
  package func subtract(_ first: Value, _ second: Value) -> Value { node("Sub", [first, second]) }
  package func multiply(_ first: Value, _ second: Value) -> Value { node("Mul", [first, second]) }
  package func divide(_ first: Value, _ second: Value) -> Value { node("Div", [first, second]) }
  package func product(_ first: Value, _ second: Value) -> Value {
    node("MatMul", [first, second])
  }

  /// Values cut to bounds; what is no number stays none.
  package func clip(_ value: Value, _ lowest: Value, _ highest: Value) -> Value {
    let cut = node("Min", [node("Max", [value, lowest]), highest])
    return choose(node("IsNaN", [value]), value, cut)
  }

  /// Whether values are finite: only then their difference from themselves is 0.
  package func isFinite(_ value: Value) -> Value {
    node("Equal", [subtract(value, value), scalar(0)])
  }

  /// Values where a condition holds, others where not.
  package func choose(_ condition: Value, _ first: Value, _ second: Value) -> Value {
    node("Where", [condition, first, second])
  }

  /// Values of another type.
  package func cast(_ value: Value, _ type: SafetensorsFile.ElementType) -> Value {
    node("Cast", [value], ["to": .integer(type.onnxNumber)])
  }

  // MARK: - Shapes

  /// The size of an axis, as one whole number in a list.
  package func size(_ value: Value, axis: Int) -> Value {
    slice(node("Shape", [value]), axis: 0, axis, axis + 1)
  }

  /// `0, 1, ...` up to a size.
  package func range(_ size: Value) -> Value {
    node("Range", [integer(0), squeeze(size, 0), integer(1)])
  }

  package func squeeze(_ value: Value, _ axis: Int) -> Value {
    node("Squeeze", [value, integers([axis])])
  }

  package func unsqueeze(_ value: Value, _ axes: Int...) -> Value {
    node("Unsqueeze", [value, integers(axes)])
  }

  package func transpose(_ value: Value, _ axes: [Int]) -> Value {
    node("Transpose", [value], ["perm": .integers(axes)])
  }

  /// The same elements in another shape; 0 keeps a size, -1 follows from the others.
  package func reshape(_ value: Value, _ shape: [Int]) -> Value {
    node("Reshape", [value, integers(shape)])
  }

  package func concatenate(_ values: [Value], axis: Int) -> Value {
    values.count == 1 ? values[0] : node("Concat", values, ["axis": .integer(axis)])
  }

  /// The places from one up to another of an axis.
  package func slice(_ value: Value, axis: Int, _ start: Int, _ end: Int = Int(Int32.max)) -> Value
  {
    node("Slice", [value, integers([start]), integers([end]), integers([axis])])
  }

  /// The same up to a place that is known when the graph is run.
  package func slice(_ value: Value, axis: Int, _ start: Value, _ end: Value) -> Value {
    node("Slice", [value, start, end, integers([axis])])
  }

  /// One place of an axis, which disappears.
  package func pick(_ value: Value, axis: Int, _ place: Int) -> Value {
    node("Gather", [value, integer(place)], ["axis": .integer(axis)])
  }

  /// Some places of an axis.
  package func gather(_ value: Value, axis: Int, _ places: Value) -> Value {
    node("Gather", [value, places], ["axis": .integer(axis)])
  }

  // MARK: - Reductions

  package func sum(_ value: Value, axis: Int, keepsAxis: Bool = false) -> Value {
    node(
      "ReduceSum", [value, integers([axis])], ["keepdims": .integer(keepsAxis ? 1 : 0)])
  }

  package func least(_ value: Value, axis: Int) -> Value {
    node("ReduceMin", [value], ["axes": .integers([axis]), "keepdims": .integer(1)])
  }

  // MARK: - Steps

  /// Goes over an axis step by step, with a state.
  ///
  /// - Parameters:
  ///   - states: The states before the first step.
  ///   - sequences: What each step sees a part of.
  ///   - axis: The axis of the steps, also of the result.
  ///   - body: The states after a step and its result, from those before it and the step's parts.
  /// - Returns: The results of all steps, numbers of 64 bits.
  package func scan(
    states: [Value], sequences: [(value: Value, type: SafetensorsFile.ElementType)], axis: Int,
    _ body: (_ step: GraphBuilder, _ states: [Value], _ parts: [Value]) -> (
      states: [Value], result: Value
    )
  ) -> Value {
    let step = inner()
    let before = states.map { _ in step.innerInput(.float64) }
    let parts = sequences.map { step.innerInput($0.type) }
    let after = body(step, before, parts)
    for state in after.states { step.innerOutput(state, .float64) }
    step.innerOutput(after.result, .float64)
    step.describe("step", "")
    let axes = [Int](repeating: axis, count: sequences.count)
    return nodes(
      "Scan", states + sequences.map(\.value),
      [
        "body": .graph(step.graph), "num_scan_inputs": .integer(sequences.count),
        "scan_input_axes": .integers(axes), "scan_output_axes": .integers([axis]),
      ], outputs: states.count + 1
    )[states.count]
  }
}
