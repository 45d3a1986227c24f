/// Arithmetic on numbers that came from a file, an option or data, which may be anything.
///
/// Where a result is beyond `Int` it is the end of the range, so that a comparison with any limit
/// refuses it.
package enum Checked {
  /// The sum of some numbers.
  package static func sum(_ terms: Int...) -> Int { sum(of: terms) }

  /// The sum of some numbers.
  package static func sum(of terms: some Collection<Int>) -> Int {
    var sum = 0
    for term in terms {
      let (next, overflow) = sum.addingReportingOverflow(term)
      if overflow { return term < 0 ? .min : .max }
      sum = next
    }
    return sum
  }

  /// The product of some numbers that are 0 or more.
  package static func product(_ factors: Int...) -> Int { product(of: factors) }

  /// The product of some numbers that are 0 or more.
  package static func product(of factors: some Collection<Int>) -> Int {
    if factors.contains(0) { return 0 }
    var product = 1
    for factor in factors {
      let (next, overflow) = product.multipliedReportingOverflow(by: factor)
      if overflow { return .max }
      product = next
    }
    return product
  }

  /// The whole number nearest to another; 0 for what is no number.
  package static func integer(_ value: Double) -> Int {
    let rounded = value.rounded()
    if rounded.isNaN { return 0 }
    return Int(exactly: rounded) ?? (rounded < 0 ? .min : .max)
  }
}
