// What is done to the columns of all series of a panel alike.

extension Panel {
  /// The panel without values that are absurdly far from all others of their series; see
  /// `Series.droppingAbsurdValues`.
  ///
  /// - Parameter rows: For each series the rows that a model is fitted to or validated with.
  /// - Returns: The panel, unchanged where no value is absurd.
  public func droppingAbsurdValues(in rows: [Range<Int>]) -> Panel {
    var panel = self
    for (index, rows) in zip(members.indices, rows) {
      panel.members[index].series = members[index].series.droppingAbsurdValues(in: rows)
    }
    return panel
  }

  /// The panel without the features that are the same in all rows of all series, with a note on them.
  ///
  /// What differs between series, such as the size of a store, stays, though it does not vary within
  /// one.
  ///
  /// - Parameter rows: For each series the rows that a model is fitted to.
  /// - Returns: The panel, unchanged where every feature varies.
  /// - Throws: `TimeSeriesError` where no feature is left.
  public func droppingConstantFeatures(in rows: [Range<Int>]) throws(TimeSeriesError) -> Panel {
    guard let first = members.first?.series else { return self }
    let constant = first.features.filter { name in
      let value = first[name]?.first
      return zip(members, rows).allSatisfy { member, rows in
        member.series[name]?[rows].allSatisfy { $0 == value } ?? true
      }
    }
    return try without(constant, why: "they are constant in the rows to train on")
  }

  /// The panel without the features that only count the rows of each series, with a note on them.
  ///
  /// - Parameter rows: For each series the rows that a model is fitted to.
  /// - Returns: The panel, unchanged where no feature, targets aside, counts rows.
  public func droppingCounters(in rows: [Range<Int>]) -> Panel {
    guard let first = members.first?.series else { return self }
    let counters = first.features.filter { name in
      !first.targets.contains(name)
        && zip(members, rows).allSatisfy { member, rows in
          member.series[name].map { Series.isCounter($0[rows]) } ?? false
        }
    }
    return (try? without(counters, why: "they only count the rows")) ?? self
  }

  private func without(_ names: [String], why: String) throws(TimeSeriesError) -> Panel {
    guard !names.isEmpty, let first = members.first?.series else { return self }
    let kept = first.features.filter { !names.contains($0) }
    guard !kept.isEmpty else {
      throw TimeSeriesError(file: path, reason: "there is no feature left, because \(why)")
    }
    var panel = Panel(
      path: path, keyColumns: keyColumns, members: members,
      notes: ownNotes + [
        "left out, because \(why): " + listed(names.map { "'\(excerpt($0))'" })
      ])
    for index in panel.members.indices {
      // A target that is no feature is looked at all the same.
      panel.members[index].series = panel.members[index].series.without(
        names.filter { !first.targets.contains($0) }, features: kept, notes: [])
    }
    return panel
  }
}

extension Series {
  /// The series with its columns scaled, those of the rows to come too.
  ///
  /// - Parameter scaler: A scaler that knows every column.
  /// - Returns: The series in units of the scales.
  package func normalized(by scaler: Scaler) -> Series {
    func transform(_ name: String, _ values: [Double]) -> [Double] {
      guard let scale = scaler[name] else { return values }
      return values.map(scale.transform)
    }
    return Series(
      path: path, time: time, features: features, targets: targets,
      columns: columns.map { Column(name: $0.name, values: transform($0.name, $0.values)) },
      notes: notes, pendingRows: pendingRows, reading: reading, known: known,
      upcoming: Dictionary(
        uniqueKeysWithValues: upcoming.map { ($0.key, transform($0.key, $0.value)) }),
      fileRows: fileRows, missingTargets: missingTargets, context: context)
  }
}
