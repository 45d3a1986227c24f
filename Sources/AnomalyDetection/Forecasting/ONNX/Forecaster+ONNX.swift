package import LSTMCompute

#if canImport(FoundationEssentials)
  public import FoundationEssentials
#else
  public import Foundation
#endif

extension Forecaster {
  /// The whole forecaster as an ONNX file: the rows of a series in, as they are in its file, forecasts
  /// in the targets' units out.
  ///
  /// The graph makes what `forecast` makes of a series of the rows that it is given: scaling and coding,
  /// the linear part, the filter of outliers, the networks, and the blend of those by whose forecasts
  /// rows are judged. `ForecastGraph` has its inputs and outputs.
  ///
  /// ```swift
  /// try forecaster.onnx().write(to: URL(filePath: path))
  /// ```
  ///
  /// - Returns: The bytes of the file, with ONNX's operators of version 17.
  /// - Throws: `LSTMError.invalidConfiguration` where ONNX's LSTM operator lacks an option of a layer,
  ///   `DetectionError.dataMismatch` for a model of several series: those of one are
  ///   `forecaster(of:).onnx()`.
  public func onnx() throws -> Data { try onnxModel().encoded() }

  /// The same, not written yet.
  package func onnxModel() throws -> ONNXModel {
    try checkUnits()
    return try ForecastGraph(self).model()
  }
}
