/// A weighted sum of regressors.
struct LinearModel: Hashable, Sendable, Codable {
  /// One weight for each regressor.
  var weights: [Double]
  var intercept: Double
  /// The smallest and the largest response that it was fitted to: it says nothing beyond them.
  var lowest: Double
  var highest: Double

  /// The response that is expected where the regressors of a row are these.
  func response(_ regressors: UnsafeBufferPointer<Double>) -> Double {
    var sum = intercept
    for index in weights.indices { sum += weights[index] * regressors[index] }
    return min(max(sum, lowest), highest)
  }

  /// The same for rows of regressors.
  ///
  /// - Parameter matrix: `[rows, regressors]`.
  /// - Returns: One response for each row.
  func responses(_ matrix: [Double]) -> [Double] {
    let width = weights.count
    return matrix.withUnsafeBufferPointer { matrix in
      (0..<(width == 0 ? 0 : matrix.count / width)).map {
        response(UnsafeBufferPointer(rebasing: matrix[$0 * width..<($0 + 1) * width]))
      }
    }
  }
}

/// Ridge regression with Huber's weights, fitted by reweighted least squares.
///
/// Rows whose residual is beyond `outlierDistance` robust standard deviations count less (Huber,
/// "Robust Estimation of a Location Parameter", 1964), because the spikes that are looked for must
/// not shape the forecasts. The penalty is on weights of standardized regressors (Hoerl and Kennard,
/// 1970).
struct RidgeRegression {
  private static let outlierDistance = 1.5
  private static let iterations = 5

  private let width: Int
  private let count: Int
  private let means: [Double]
  private let scales: [Double]
  /// `[rows, regressors]`, standardized.
  private let matrix: [Double]
  private let responses: [Double]
  /// How much each row counts.
  private var rowWeights: [Double]

  /// A regression on rows of regressors.
  ///
  /// - Parameters:
  ///   - matrix: `[rows, regressors]`.
  ///   - responses: One for each row, at least one.
  init(_ matrix: [Double], responses: [Double]) {
    precondition(!responses.isEmpty && matrix.count % responses.count == 0, "whole rows")
    count = responses.count
    width = matrix.count / count
    var means = [Double](repeating: 0, count: width)
    var squares = means
    for row in 0..<count {
      for column in 0..<width { means[column] += matrix[row * width + column] }
    }
    for column in 0..<width { means[column] /= Double(count) }
    for row in 0..<count {
      for column in 0..<width {
        let distance = matrix[row * width + column] - means[column]
        squares[column] += distance * distance
      }
    }
    let rows = Double(count)
    let scales = squares.map { $0 > 0 ? ($0 / rows).squareRoot() : 1 }
    self.scales = scales
    self.means = means
    var standardized = matrix
    for row in 0..<count {
      for column in 0..<width {
        standardized[row * width + column] =
          (matrix[row * width + column] - means[column]) / scales[column]
      }
    }
    self.matrix = standardized
    self.responses = responses
    rowWeights = [Double](repeating: 1, count: count)
  }

  /// The models for some penalties, in their order.
  ///
  /// - Parameter penalties: How much large weights cost, in units of a row; above 0.
  /// - Returns: A model for each.
  mutating func models(penalties: [Double]) -> [LinearModel] {
    guard let gentlest = penalties.min() else { return [] }
    for _ in 0..<Self.iterations { reweigh(by: solve([gentlest])[0]) }
    return solve(penalties).map(model)
  }

  private mutating func reweigh(by solution: (weights: [Double], intercept: Double)) {
    var residuals = [Double](repeating: 0, count: count)
    for row in 0..<count {
      var sum = solution.intercept
      for column in 0..<width { sum += solution.weights[column] * matrix[row * width + column] }
      residuals[row] = (responses[row] - sum).magnitude
    }
    let spread = 1.4826 * residuals.sorted()[count / 2]
    guard spread > 0 else { return }
    rowWeights = residuals.map {
      min(1, Self.outlierDistance * spread / max($0, .leastNormalMagnitude))
    }
  }

  /// Solves (ZᵀWZ + λI) w = ZᵀW(y - ȳ) about the weighted means, for each λ.
  private func solve(_ penalties: [Double]) -> [(weights: [Double], intercept: Double)] {
    let total = rowWeights.reduce(0, +)
    var gram = [Double](repeating: 0, count: width * width)
    var sums = [Double](repeating: 0, count: width)
    var products = sums
    var response = 0.0
    matrix.withUnsafeBufferPointer { matrix in
      gram.withUnsafeMutableBufferPointer { gram in
        for row in 0..<count {
          let weight = rowWeights[row]
          let cells = UnsafeBufferPointer(rebasing: matrix[row * width..<(row + 1) * width])
          response += weight * responses[row]
          for first in 0..<width {
            let value = weight * cells[first]
            sums[first] += value
            products[first] += value * responses[row]
            for second in first..<width { gram[first * width + second] += value * cells[second] }
          }
        }
      }
    }
    let mean = response / total
    let centers = sums.map { $0 / total }
    for first in 0..<width {
      products[first] -= sums[first] * mean
      for second in first..<width {
        gram[first * width + second] -= sums[first] * centers[second]
        gram[second * width + first] = gram[first * width + second]
      }
    }
    return penalties.map { penalty in
      var system = gram
      for index in 0..<width { system[index * width + index] += penalty * total }
      let weights = Self.solve(&system, products, width: width)
      return (weights, mean - zip(weights, centers).reduce(0) { $0 + $1.0 * $1.1 })
    }
  }

  /// Solves a symmetric positive definite system by Cholesky's decomposition.
  private static func solve(_ system: inout [Double], _ right: [Double], width: Int) -> [Double] {
    for column in 0..<width {
      for row in column..<width {
        var sum = system[row * width + column]
        for index in 0..<column {
          sum -= system[row * width + index] * system[column * width + index]
        }
        system[row * width + column] =
          row == column
          ? max(sum, .leastNormalMagnitude).squareRoot() : sum / system[column * width + column]
      }
    }
    var solution = right
    for row in 0..<width {
      for index in 0..<row { solution[row] -= system[row * width + index] * solution[index] }
      solution[row] /= system[row * width + row]
    }
    for row in (0..<width).reversed() {
      for index in row + 1..<max(row + 1, width) {
        solution[row] -= system[index * width + row] * solution[index]
      }
      solution[row] /= system[row * width + row]
    }
    return solution
  }

  /// A model of regressors as they come, from one of standardized regressors.
  private func model(_ solution: (weights: [Double], intercept: Double)) -> LinearModel {
    let weights = zip(solution.weights, scales).map { $0 / $1 }
    let shift = zip(weights, means).reduce(0) { $0 + $1.0 * $1.1 }
    return LinearModel(
      weights: weights, intercept: solution.intercept - shift, lowest: responses.min() ?? 0,
      highest: responses.max() ?? 0)
  }
}
