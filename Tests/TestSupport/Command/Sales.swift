import Foundation
import Testing

/// Made-up sales: a weekly pattern, a slow trend and a little noise, with one day that goes wrong.
public enum Sales {
  /// The rows of the files.
  public static let count = 160
  /// The row, from 0, whose units are far too low.
  public static let wrongRow = 150
  /// The time of that row.
  public static let wrongDay = "2024-05-30"

  /// `day,units,stock,price` from 2024-01-01 on.
  public static func csv(rows: Int = count, change: (Int, inout [String]) -> Void = { _, _ in })
    -> String
  {
    var text = "day,units,stock,price\n"
    for row in 0..<rows {
      let noise = Double((row * 7919) % 101) / 101
      let week = [30.0, 10, 0, 5, 20, 60, 55][row % 7]
      let units = row == wrongRow ? 20 : 200 + week + 0.2 * Double(row) + 8 * noise
      let stock = 500 + 30 * cos(Double(row) * 0.9) + 5 * noise
      let price = 9.99 + 0.5 * Double((row / 10) % 3)
      var cells = [day(row), "\(units)", "\(stock)", "\(price)"]
      change(row, &cells)
      text += cells.joined(separator: ",") + "\n"
    }
    return text
  }

  /// The date of a row.
  public static func day(_ row: Int) -> String {
    let date = Date(timeIntervalSince1970: 1_704_067_200 + 86_400 * Double(row))
    return String(date.ISO8601Format().prefix(10))
  }

  /// Options under which a network is fitted in a moment.
  public static let quick = [
    "--plain", "--units", "6", "--window", "7", "--epochs", "8", "--learning-rate", "0.01",
    "--device", "cpu",
  ]

  /// A folder with the sales as `sales.csv`, and a model of their units as `m.safetensors`.
  ///
  /// - Parameter options: More options of `fit`.
  /// - Returns: The folder.
  /// - Throws: What keeps the command from being run, or a requirement where it fails.
  public static func fitted(_ options: [String] = []) throws -> Folder {
    let folder = try Folder()
    let data = try folder.file("sales.csv", csv())
    let outcome = try Command.run(
      ["fit", data, "--target", "units", "--model", folder.path("m.safetensors")] + quick + options)
    try #require(outcome.status == 0, "\(outcome.errors)")
    return folder
  }
}
