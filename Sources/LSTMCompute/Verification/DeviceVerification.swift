/// Proves that a backend computes what the reference computes in double precision.
///
/// For each of a list of networks: the outputs and final states, every gradient by name, the losses
/// over some steps of an optimizer with a last batch that is shorter than the others, and the
/// parameters after them. Errors are relative L2 errors, ‖actual - expected‖ / ‖expected‖.
public enum DeviceVerification {
  /// The most that outputs and states may be off in float32.
  public static let forwardTolerance = 2e-6
  /// The most that a gradient may be off in float32.
  public static let gradientTolerance = 2e-5
  /// The most that the losses may be off in float32.
  public static let lossTolerance = 1e-5

  /// Runs all cases on a backend, by each of its plans.
  ///
  /// - Parameters:
  ///   - backend: What is verified.
  ///   - cases: The cases; by default some that reach every kernel at odd and even sizes, and a few
  ///     of them where the backend has another precision than float32.
  ///   - report: Called after each case.
  /// - Returns: A result for each plan and case, plan by plan.
  /// - Throws: What the backend throws, such as a plan that cannot run a case. Of the cases that there
  ///   are by default, a plan is spared those that it does not take.
  public static func run(
    on backend: any Backend, cases: [Case]? = nil, report: (Result) -> Void = { _ in }
  ) throws -> [Result] {
    let isDefault = cases == nil
    let precision = (backend as? OpenCLBackend)?.precision ?? .float32
    let cases = try cases ?? (precision == .float32 ? standardCases() : roundedCases())
    let forced = backend.forcedPlans
    func verifyAll(
      _ cases: [Case], on backend: any Backend, plan: String?
    ) throws -> [Result] {
      try cases.map { verified in
        let result = try verify(verified, on: backend, plan: plan)
        report(result)
        return result
      }
    }
    if forced.isEmpty { return try verifyAll(cases, on: backend, plan: nil) }
    func suits(_ verified: Case, _ plan: String) -> Bool {
      !isDefault
        || verified.specification.layers.allSatisfy {
          OpenCLPlanSelection(rawValue: plan)?.takes($0) ?? true
        }
    }
    return try forced.flatMap { plan in
      try verifyAll(
        cases.filter { suits($0, plan.name) }, on: plan.backend, plan: plan.name)
    }
  }
}
