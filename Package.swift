// swift-tools-version: 6.2

import PackageDescription

// The fuzz targets are built with libFuzzer's instrumentation, which no other product can have.
let isFuzzing = Context.environment["LSTM_FUZZ"] != nil

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

// Fetched for executables alone: clients of the libraries leave the trait out.
let argumentParser = Target.Dependency.product(
  name: "ArgumentParser", package: "swift-argument-parser",
  condition: .when(traits: ["Command"]))

// Several processes by MPI, whose header and library are needed with the trait alone.
let mpi = Target.Dependency.target(name: "LSTMComputeMPI", condition: .when(traits: ["MPI"]))

// Fetched for lstm-serve alone, by the trait Service.
func service(_ name: String, _ package: String) -> Target.Dependency {
  .product(name: name, package: package, condition: .when(traits: ["Service"]))
}

let package = Package(
  name: "swift-lstm",
  products: [
    .library(name: "LSTMCompute", targets: ["LSTMCompute"]),
    .library(name: "LSTMComputeMPI", targets: ["LSTMComputeMPI"]),
    .library(name: "TimeSeries", targets: ["TimeSeries"]),
    .library(name: "AnomalyDetection", targets: ["AnomalyDetection"]),
    .executable(name: "lstm-detect", targets: ["lstm-detect"]),
    .executable(name: "lstm-serve", targets: ["lstm-serve"]),
  ],
  traits: [
    .default(enabledTraits: ["Command"]),
    .trait(
      name: "Command",
      description:
        "The executables. Clients of the libraries, with `traits: []`, fetch swift-numerics alone."),
    .trait(
      name: "MPI",
      description:
        "Training and detection by several processes, started by mpirun: needs Open MPI or MPICH.",
      enabledTraits: ["Command"]),
    .trait(
      name: "Service",
      description: "lstm-serve, which judges rows over HTTP: fetches Hummingbird and SwiftNIO.",
      enabledTraits: ["Command"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log.git", from: "1.14.0"),
    .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.0"),
    .package(url: "https://github.com/apple/swift-numerics.git", from: "1.1.1"),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.10.0"),
  ],
  targets: [
    // MARK: - The C side: OpenCL's declarations, the embedded kernels and report, the CPU's inner loops and threads
    // Before glibc 2.34, dlopen was in a library of its own.
    .target(
      name: "COpenCL", linkerSettings: [.linkedLibrary("dl", .when(platforms: [.linux]))]),
    .target(name: "CKernels"),
    .target(name: "CReport", exclude: ["Assets"]),
    .target(name: "CService", exclude: ["Assets"]),
    .target(name: "CSIMD"),
    .target(name: "CThreads"),
    .systemLibrary(
      name: "SystemMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"])]),
    .target(
      name: "CMPI",
      dependencies: [.target(name: "SystemMPI", condition: .when(traits: ["MPI"]))],
      cSettings: [.define("SWIFT_LSTM_MPI", .when(traits: ["MPI"]))]),

    // MARK: - Public API
    .target(name: "OpenCL", dependencies: ["COpenCL"], swiftSettings: settings),
    .target(
      name: "LSTMCompute",
      dependencies: [
        "CKernels", "CSIMD", "CThreads", "OpenCL",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: settings),
    .target(
      name: "LSTMComputeMPI", dependencies: ["CMPI", "LSTMCompute"], swiftSettings: settings),
    .target(
      name: "TimeSeries",
      dependencies: ["LSTMCompute", .product(name: "RealModule", package: "swift-numerics")],
      swiftSettings: settings),
    .target(
      name: "AnomalyDetection",
      dependencies: [
        "LSTMCompute", "TimeSeries", .product(name: "RealModule", package: "swift-numerics"),
      ],
      swiftSettings: settings),

    // MARK: - Executables
    .target(
      name: "ResultText", dependencies: ["AnomalyDetection", "TimeSeries"], swiftSettings: settings),
    .executableTarget(
      name: "lstm-detect",
      dependencies: [
        "AnomalyDetection", "CReport", "LSTMCompute", "ResultText", "TimeSeries", argumentParser,
        mpi,
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "lstm-serve",
      dependencies: [
        "AnomalyDetection", "CService", "LSTMCompute", "ResultText", "TimeSeries", argumentParser,
        service("HTTPTypes", "swift-http-types"), service("HummingbirdCore", "hummingbird"),
        service("Logging", "swift-log"), service("NIOCore", "swift-nio"),
        service("NIOPosix", "swift-nio"),
        service("ServiceLifecycle", "swift-service-lifecycle"),
        service("UnixSignals", "swift-service-lifecycle"),
      ],
      swiftSettings: settings),
    .executableTarget(
      name: "lstm-bench", dependencies: ["LSTMCompute", argumentParser], path: "Benchmarks",
      exclude: [
        "NOTES.md", "README.md", "compare.py", "curve.py", "detection", "forecasts.csv",
        "forecasts.py", "gpu.sh", "job.py", "peers", "report.py", "results", "service.py",
        "shapes.json",
      ],
      swiftSettings: settings),

    // MARK: - Tests
    .target(
      name: "TestSupport", dependencies: ["LSTMCompute"], path: "Tests/TestSupport",
      swiftSettings: settings),
    .testTarget(name: "OpenCLTests", dependencies: ["OpenCL"], swiftSettings: settings),
    .testTarget(
      name: "LSTMComputeTests",
      dependencies: [
        "CKernels", "CSIMD", "LSTMCompute", "OpenCL", "TestSupport",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "TimeSeriesTests", dependencies: ["LSTMCompute", "TestSupport", "TimeSeries"],
      swiftSettings: settings),
    .testTarget(
      name: "AnomalyDetectionTests",
      dependencies: [
        "AnomalyDetection", "LSTMCompute", "TestSupport", "TimeSeries",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      exclude: ["Fixtures"], swiftSettings: settings),
    .testTarget(
      name: "lstm-detectTests",
      dependencies: ["LSTMCompute", "ResultText", "TestSupport", "TimeSeries", "lstm-detect"],
      exclude: ["Trust/file_faults.c"], swiftSettings: settings),
    // Runs the command and sees nothing of its module, so that both are compiled at the same time.
    .testTarget(
      name: "CommandTests",
      dependencies: ["AnomalyDetection", "LSTMCompute", "TestSupport", "TimeSeries"],
      exclude: ["Trust/opencl_faults.c"], swiftSettings: settings),
    .testTarget(
      name: "ServiceTests",
      dependencies: [
        "AnomalyDetection", "LSTMCompute", "ResultText", "TestSupport", "TimeSeries", "lstm-detect",
        "lstm-serve", service("Logging", "swift-log"),
      ],
      swiftSettings: settings),
  ]
    + (isFuzzing
      ? [
        .executableTarget(
          name: "fuzz", dependencies: ["AnomalyDetection", "LSTMCompute", "TimeSeries"],
          path: "Tests/Fuzz", exclude: ["corpus"], swiftSettings: settings)
      ] : []),
  swiftLanguageModes: [.v6],
  cLanguageStandard: .c2x
)
