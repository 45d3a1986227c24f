#if Service
  import AnomalyDetection
  import Foundation
  import TimeSeries

  /// What some rows change of a series, before it counts.
  struct SeriesStep {
    /// The series, locked.
    var slot: SeriesSlot
    /// The rows that were taken.
    var rows: [LiveRow]
    /// What is known with them.
    var after: SeriesKnowledge

    /// What the journal keeps of it.
    func part(of model: ServedModel) throws -> JournalRecord.Part {
      let form = after.form
      var before = slot.knowledge?.form
      before?.row = form.row
      return JournalRecord.Part(
        model: model.folder, key: slot.key,
        form: before == form ? [] : Array(try JSONEncoder().encode(form)), formRow: form.row,
        rows: rows)
    }
  }

  extension SeriesKnowledge {
    /// What is known after some rows, judged one after the other.
    ///
    /// - Parameters:
    ///   - before: What is known before them; `nil` where nothing is.
    ///   - rows: The rows.
    ///   - form: What was found out of the lines.
    ///   - model: The model.
    ///   - key: The series.
    ///   - judge: Called with each row and what is said of it.
    /// - Throws: `RowError` with what `LiveDetector.append` throws; `StateError` where `before` is of another
    ///   model or other rules.
    init(
      after before: SeriesKnowledge?, rows: [LiveRow], form: LiveReader.Form, model: ServedModel,
      key: [String], judge: (LiveRow, LiveDetector.Answer) -> Void = { _, _ in }
    ) throws {
      let detector = try model.detector(of: key)
      if let before {
        do { try detector.restore(before.detector) } catch {
          throw StateError(description: "series '\(Panel.name(of: key))': \(error)")
        }
      }
      for (index, row) in rows.enumerated() {
        do { judge(row, try detector.append(row)) } catch {
          let isLate = detector.lastTime.map { !(row.time.value > $0) } ?? false
          throw RowError(row: index, isLate: isLate, error: error)
        }
      }
      self.init(
        detector: detector.state, form: form, sequence: before?.sequence ?? 0,
        rows: (before?.rows ?? 0) + rows.count)
    }
  }

  /// What is known of a series cannot be gone on from; no row is to blame.
  struct StateError: Error, CustomStringConvertible {
    var description: String
  }

  /// A row that cannot be judged.
  struct RowError: Error {
    /// Its place among those that were to be judged, from 0.
    var row: Int
    /// Whether it is not after the row before.
    var isLate: Bool
    var error: any Error
  }
#endif
