/// Rows in the order of their scores, the highest first, and what a threshold at each would find.
struct ScoreRanking {
  private let scores: [Double]
  private let labels: [Bool]
  /// Places of rows, the highest score first.
  private let order: [Int]

  /// - Parameters:
  ///   - scores: A score for each row; none is NaN.
  ///   - labels: Whether each row is anomalous.
  init(scores: [Double], labels: [Bool]) {
    precondition(scores.count == labels.count, "a label for each score")
    self.scores = scores
    self.labels = labels
    order = scores.indices.sorted { scores[$0] > scores[$1] }
  }

  /// The area under the curve of precision over recall, as average precision; `nil` where no row is
  /// anomalous.
  ///
  /// The sum over all thresholds of the gain in recall times the precision. Rows of the same score pass
  /// together.
  var averagePrecision: Double? {
    let positives = labels.count(where: \.self)
    guard positives > 0 else { return nil }
    var (found, area) = (0, 0.0)
    var place = 0
    while place < order.count {
      let before = found
      let score = scores[order[place]]
      while place < order.count, scores[order[place]] == score {
        if labels[order[place]] { found += 1 }
        place += 1
      }
      area += Double(found - before) / Double(positives) * (Double(found) / Double(place))
    }
    return area
  }

  /// The volume under the surface of precision, recall and the width of a buffer about each anomaly.
  ///
  /// VUS-PR by Paparrizos et al. (2022): the mean of the areas over all widths.
  /// Beside an anomalous stretch labels fade as √(1 - d / width) over a distance d of up to width / 2.
  /// Recall is weighted by the share of stretches of which some row passes.
  ///
  /// - Parameters:
  ///   - widest: The widest buffer, in rows; the narrowest is 0.
  ///   - step: How much wider each is than the one before.
  ///   - thresholds: The number of thresholds, at ranks of equal distance.
  /// - Returns: `nil` where no row is anomalous.
  func volumeUnderSurface(widest: Int = 100, step: Int = 10, thresholds: Int = 100) -> Double? {
    let positives = Double(labels.count(where: \.self))
    guard positives > 0 else { return nil }
    let cuts = cuts(thresholds)
    let areas = stride(from: 0, through: widest, by: step).map { width in
      area(cuts, faded: faded(width), positives: positives)
    }
    return areas.reduce(0, +) / Double(areas.count)
  }

  /// Thresholds, the highest first, each with the number of rows whose score is no lower.
  private func cuts(_ count: Int) -> [(score: Double, rows: Int)] {
    let distance = Double(order.count - 1) / Double(count - 1)
    var rows = 0
    return (0..<count).map { number in
      let rank = number == count - 1 ? order.count - 1 : Int(Double(number) * distance)
      let score = scores[order[rank]]
      while rows < order.count, scores[order[rows]] >= score { rows += 1 }
      return (score, rows)
    }
  }

  private func area(
    _ cuts: [(score: Double, rows: Int)], faded: [Double], positives: Double
  ) -> Double {
    // The highest score of each stretch: a threshold up to it sees the stretch.
    let peaks = Self.stretches(faded.map { $0 > 0 })
      .map { scores[$0].max() ?? -.infinity }.sorted(by: >)
    var (seen, rows, hit) = (0, 0, 0.0)
    var (last, area) = (0.0, 0.0)
    for cut in cuts {
      while rows < cut.rows {
        hit += faded[order[rows]]
        rows += 1
      }
      while seen < peaks.count, peaks[seen] >= cut.score { seen += 1 }
      let recall = min(hit / ((positives + hit) / 2), 1)
      let now = recall * Double(seen) / Double(peaks.count)
      area += max(0, now - last) * hit / Double(rows)
      last = max(last, now)
    }
    return area
  }

  /// Labels that fade at both sides of each stretch.
  private func faded(_ width: Int) -> [Double] {
    var result = labels.map { $0 ? 1.0 : 0 }
    guard width >= 2 else { return result }
    for stretch in Self.stretches(labels) {
      for distance in 1...width / 2 {
        let weight = (1 - Double(distance) / Double(width)).squareRoot()
        for place in [stretch.lowerBound - distance, stretch.upperBound + distance]
        where result.indices.contains(place) {
          result[place] = max(result[place], weight)
        }
      }
    }
    return result
  }

  /// Where runs of true values are.
  private static func stretches(_ values: [Bool]) -> [ClosedRange<Int>] {
    var found: [ClosedRange<Int>] = []
    for place in values.indices where values[place] {
      if let last = found.last, last.upperBound == place - 1 {
        found[found.count - 1] = last.lowerBound...place
      } else {
        found.append(place...place)
      }
    }
    return found
  }
}
