extension SafetensorsFile.Tensor {
  /// Whether one can walk along the axes of a shape.
  ///
  /// Without elements a shape costs a file nothing, and may be as long as it likes.
  static func isReasonable(_ shape: [Int]) -> Bool {
    !shape.contains(0) || Checked.product(of: shape.map { max($0, 1) }) <= 1 << 20
  }

  /// Some places of an axis, in their order.
  func taking(_ places: [Int], axis: Int) -> Self {
    let inner = shape[(axis + 1)...].reduce(1, *) * elementType.size
    let outer = shape[..<axis].reduce(1, *)
    var taken: [UInt8] = []
    taken.reserveCapacity(outer * places.count * inner)
    for row in 0..<outer where inner > 0 {
      for place in places {
        let start = (row * shape[axis] + place) * inner
        taken += bytes[start..<start + inner]
      }
    }
    var shape = shape
    shape[axis] = places.count
    return Self(elementType: elementType, shape: shape, bytes: taken)
  }

  /// The same elements in another shape of as many.
  func reshaped(_ shape: [Int]) -> Self {
    Self(elementType: elementType, shape: shape, bytes: bytes)
  }

  /// The axes in another order.
  func transposed(_ order: [Int]) -> Self {
    var strides = [Int](repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * shape[axis + 1]
    }
    let size = elementType.size
    let sizes = order.map { shape[$0] }
    let steps = order.map { strides[$0] }
    var places = [Int](repeating: 0, count: order.count)
    var result: [UInt8] = []
    result.reserveCapacity(bytes.count)
    for _ in 0..<bytes.count / size {
      let start = zip(places, steps).reduce(0) { $0 + $1.0 * $1.1 } * size
      result += bytes[start..<start + size]
      for axis in places.indices.reversed() {
        places[axis] += 1
        if places[axis] < sizes[axis] { break }
        places[axis] = 0
      }
    }
    return Self(elementType: elementType, shape: sizes, bytes: result)
  }

  /// Tensors one after the other along an axis; `nil` where they do not fit together.
  static func joined(_ parts: [Self], axis: Int) -> Self? {
    guard let first = parts.first, first.shape.indices.contains(axis),
      parts.allSatisfy({ part in
        part.elementType == first.elementType && part.shape.count == first.shape.count
          && part.shape.indices.allSatisfy { $0 == axis || part.shape[$0] == first.shape[$0] }
      })
    else { return nil }
    let outer = first.shape[..<axis].reduce(1, *)
    var bytes: [UInt8] = []
    for row in 0..<outer where parts.contains(where: { !$0.bytes.isEmpty }) {
      for part in parts {
        let size = part.bytes.count / max(outer, 1)
        bytes += part.bytes[row * size..<(row + 1) * size]
      }
    }
    var shape = first.shape
    shape[axis] = Checked.sum(of: parts.map { $0.shape[axis] })
    return Self(elementType: first.elementType, shape: shape, bytes: bytes)
  }

  /// Whether all elements are 0.
  var isZero: Bool { doubles.allSatisfy { $0 == 0 } }

  /// The number of bytes of the elements.
  var byteCount: Int { bytes.count }
}
