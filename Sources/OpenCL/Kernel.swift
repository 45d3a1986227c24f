internal import COpenCL

/// A number of work-items in up to three dimensions.
package struct WorkSize: Hashable, Sendable, CustomStringConvertible {
  package var x: Int
  package var y: Int
  package var z: Int

  package init(_ x: Int, _ y: Int = 1, _ z: Int = 1) {
    self.x = x
    self.y = y
    self.z = z
  }

  /// So many work-groups of this size.
  package func times(_ x: Int, _ y: Int = 1, _ z: Int = 1) -> WorkSize {
    WorkSize(self.x * x, self.y * y, self.z * z)
  }

  var count: Int { x * y * z }

  package var description: String { z > 1 ? "\(x) x \(y) x \(z)" : y > 1 ? "\(x) x \(y)" : "\(x)" }
}

/// A function of a program, with its arguments.
///
/// Setting an argument changes the kernel, so one thread at a time may do that and launch; the
/// type is neither copyable nor `Sendable` to hold its owner to it. Threads make their own.
package struct Kernel: ~Copyable {
  private let handle: Handle<KernelKind>
  /// The name of the function.
  package let name: String

  package init(_ name: String, of program: Program) throws(OpenCLError) {
    self.name = name
    handle = try Handle(call: "clCreateKernel(\(name))") { status in
      clCreateKernel(program.handle.pointer, name, &status)
    }
  }

  /// The most work-items that a group of this kernel may have on a device, by what it needs of
  /// registers and local memory.
  ///
  /// - Throws: What the driver refuses to tell.
  package func largestWorkGroup(on device: Device) throws(OpenCLError) -> Int {
    var largest = 0
    try check(
      clGetKernelWorkGroupInfo(
        handle.pointer, device.pointer, cl_kernel_work_group_info(CL_KERNEL_WORK_GROUP_SIZE),
        MemoryLayout<Int>.size, &largest, nil),
      "clGetKernelWorkGroupInfo(\(name))")
    return largest
  }

  /// Sets all arguments and launches.
  ///
  /// - Parameters:
  ///   - queue: Where to.
  ///   - global: The number of work-items, a multiple of `local`.
  ///   - local: The number of work-items of a group.
  ///   - wantsEvent: Whether to return an event.
  ///   - arguments: One for each parameter of the function. Buffers must be kept until the kernel
  ///     has run.
  /// - Returns: The event, if one was wanted.
  /// - Throws: What the device refuses; arguments of another size among it.
  @discardableResult
  package mutating func callAsFunction<each Argument: KernelArgument>(
    on queue: CommandQueue, global: WorkSize, local: WorkSize, wantsEvent: Bool = false,
    _ arguments: repeat each Argument
  ) throws(OpenCLError) -> Event? {
    try set(repeat each arguments)
    return try launch(on: queue, global: global, local: local, wantsEvent: wantsEvent)
  }

  /// Sets some arguments, which stay for all following launches.
  ///
  /// - Parameters:
  ///   - first: The position of the first of them.
  ///   - arguments: The values.
  /// - Throws: Where one has another size than the parameter.
  package mutating func set<each Argument: KernelArgument>(
    from first: Int = 0, _ arguments: repeat each Argument
  ) throws(OpenCLError) {
    var index = UInt32(first)
    for argument in repeat each arguments {
      let status = argument.withArgumentBytes { clSetKernelArg(handle.pointer, index, $0, $1) }
      try check(status, "clSetKernelArg(\(name), \(index))")
      index += 1
    }
  }

  /// Launches with the arguments that were set.
  @discardableResult
  package mutating func launch(
    on queue: CommandQueue, global: WorkSize, local: WorkSize, wantsEvent: Bool = false
  ) throws(OpenCLError) -> Event? {
    var event: OpaquePointer?
    let takesEvent = wantsEvent || queue.timesKernels
    let status =
      takesEvent
      ? enqueue(on: queue, global, local, event: &event)
      : enqueue(on: queue, global, local, event: nil)
    try check(
      status, "clEnqueueNDRangeKernel(\(name))",
      detail: "\(global) work-items in groups of \(local)")
    queue.countLaunch()
    guard takesEvent else { return nil }
    let launched = try Event(event)
    if queue.timesKernels { queue.noteTime(of: launched) }
    return wantsEvent ? launched : nil
  }

  private func enqueue(
    on queue: CommandQueue, _ global: WorkSize, _ local: WorkSize,
    event: UnsafeMutablePointer<OpaquePointer?>?
  ) -> Int32 {
    withUnsafeBytes(of: (global.x, global.y, global.z)) { global in
      withUnsafeBytes(of: (local.x, local.y, local.z)) { local in
        clEnqueueNDRangeKernel(
          queue.handle.pointer, handle.pointer, 3, nil,
          global.assumingMemoryBound(to: Int.self).baseAddress,
          local.assumingMemoryBound(to: Int.self).baseAddress, 0, nil, event)
      }
    }
  }
}
