import ArgumentParser
import LSTMCompute

/// What the network runs on.
struct DeviceOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "What to run on: auto, cpu, reference, opencl, or opencl:N with a number from "
        + "`lstm-detect devices`. auto takes an OpenCL GPU where there is one, else the "
        + "CPU.",
      valueName: "device"))
  var device = DeviceSelection.auto

  @Option(
    help: ArgumentHelp(
      "How an OpenCL device runs the network: resident (all time steps of a layer in one launch; "
        + "layers of 128 units at most), cooperative (one launch too, whose work-groups share the "
        + "units and wait for each other), stepwise (a launch for each step), or auto (resident "
        + "where it fits, cooperative for larger layers where the device runs work-groups side by "
        + "side; stepwise where the device is the processor itself; what was measured to be faster where "
        + "`lstm-detect devices --tune` was run).",
      valueName: "plan", visibility: .hidden))
  var plan = OpenCLPlanSelection.auto

  @Option(
    help: ArgumentHelp(
      "In what an OpenCL device stores weights and outputs and multiplies them: float32; tf32 (stored "
        + "in float32, multiplied by tensor cores with 11 bits of mantissa, refused without them); "
        + "float16 or bf16 (stored in 16 bits, and multiplied so where there are tensor cores). Sums, "
        + "cells and gradients are float32 in any case. How far the results are from those in float32 "
        + "is told.",
      valueName: "precision", visibility: .hidden))
  var precision = Precision.float32

  @Option(
    help: ArgumentHelp(
      "How many threads the CPU computes with. (default: the processors that the process may run on, "
        + "by its affinity and the quota of its control group, shared by the processes of mpirun on this "
        + "machine)",
      valueName: "number", visibility: .hidden))
  var threads: Int?

  func validate() throws {
    guard let threads else { return }
    guard (1...Self.mostThreads).contains(threads) else {
      throw ValidationError("--threads must be 1 to \(Self.mostThreads).")
    }
  }

  /// As many as a job can have parts.
  private static let mostThreads = 255

  /// The backend that was asked for, and why it is this one.
  var choice: Backends.Choice {
    get throws {
      let place = Processes.localRank
      ProcessorThreads.limit =
        threads
        ?? Processes.group.map {
          ProcessorThreads.share(ofProcesses: $0.communicator.localCount)
        } ?? 0
      do {
        let choice = try Backends.make(device, plan: plan, precision: precision, place: place)
        guard threads == nil || choice.backend is CPUBackend else {
          throw CommandError(
            description: "--threads is for --device cpu, but the device is \(choice.reason)")
        }
        if let group = Processes.group { return Self.shared(choice, group) }
        return withFallback(choice)
      } catch LSTMError.invalidConfiguration(let message)
        where message.contains("is for OpenCL devices")
      {
        throw CommandError(description: message + "; use --device opencl")
      }
    }
  }

  /// A choice whose batches several processes share; where the device of one fails, all end.
  private static func shared(_ choice: Backends.Choice, _ group: ProcessGroup) -> Backends.Choice {
    Backends.Choice(
      backend: DistributedBackend(choice.backend, group: group),
      reason: "\(group.count) processes, each on \(choice.reason)")
  }

  /// A choice that was made for the user goes on on the processor where the device fails; what was asked
  /// for, a plan and a precision too, is done or refused.
  private func withFallback(_ choice: Backends.Choice) -> Backends.Choice {
    guard device == .auto, plan == .auto, precision == .float32, choice.backend is OpenCLBackend
    else { return choice }
    let backend = choice.backend
    return Backends.Choice(
      backend: FallbackBackend(backend, fallback: CPUBackend()) { failure in
        FailedDevice.see()
        Console.warn(Self.note(backend, failure))
      }, reason: choice.reason)
  }

  /// What is to be known of a backend whose device has failed; `nil` where none has.
  static func failureNote(of backend: any Backend) -> String? {
    guard let backend = backend as? FallbackBackend, let failure = backend.failure else {
      return nil
    }
    return note(backend.first, failure)
  }

  private static func note(_ backend: any Backend, _ failure: LSTMError) -> String {
    "\(backend.name) (\(backend.deviceDescription)) failed, and the processor goes on: \(failure)"
  }

  /// The same device in float32, to tell what another precision costs.
  var exactBackend: any Backend {
    get throws { try Backends.make(device, plan: plan).backend }
  }
}
