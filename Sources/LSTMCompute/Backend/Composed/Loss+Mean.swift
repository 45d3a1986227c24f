extension Loss {
  /// The mean of what `evaluate` returned, from its sum over some targets.
  func mean(ofSum sum: Double, totalWeight: Double) -> Double {
    totalWeight == 0 ? 0 : sum / totalWeight
  }
}
