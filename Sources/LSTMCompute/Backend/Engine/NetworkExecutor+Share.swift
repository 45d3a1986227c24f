extension NetworkExecutor: ShareExecutor {
  func sumGradients(over group: ProcessGroup, isIdle: Bool) throws {
    var values = [Scalar](repeating: 0, count: layout.count)
    if isIdle {
      try progress.checkTraining("backward(_:)")
      // Masks are drawn by the number of the batch, which is the same in all ranks.
      batchNumber &+= 1
    } else {
      values = try gradientValues()
    }
    try group.sum(&values)
    try operations.write(values, to: operations.gradient, at: 0)
    progress.ranBackward()
  }
}
