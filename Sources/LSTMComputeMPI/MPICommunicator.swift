#if MPI
  internal import CMPI
  public import LSTMCompute

  /// The processes that `mpirun` has started.
  ///
  /// ```swift
  /// let communicator = try MPICommunicator()
  /// let backend = DistributedBackend(CPUBackend(), group: ProcessGroup(communicator))
  /// // The same calls in every process, then
  /// communicator.end()
  /// ```
  ///
  /// It is there with the package's trait `MPI`, for Open MPI and MPICH. An error of MPI itself ends all
  /// processes with MPI's message.
  public struct MPICommunicator: Communicator {
    /// The number of this process in `MPI_COMM_WORLD`, from 0.
    public let rank: Int
    /// The number of processes in it.
    public let count: Int
    /// The number of this process among those on the same machine, from 0.
    public let localRank: Int
    /// The number of processes on the same machine.
    public let localCount: Int

    /// Starts MPI, which a process does once.
    ///
    /// - Throws: `LSTMError.deviceUnavailable` where this MPI cannot be called by one thread after
    ///   another.
    public init() throws(LSTMError) {
      var place = CMPIPlace()
      guard cmpi_begin(&place) == 0 else {
        throw .deviceUnavailable(
          "this MPI cannot be called by one thread after another (MPI_THREAD_SERIALIZED)")
      }
      (rank, count) = (Int(place.rank), Int(place.count))
      (localRank, localCount) = (Int(place.local_rank), Int(place.local_count))
    }

    /// Ends MPI, once all processes do; nothing is exchanged after it.
    public func end() { cmpi_end() }

    /// `MPI_Allgather`.
    public func allGather(_ mine: UnsafeRawBufferPointer, into all: UnsafeMutableRawBufferPointer) {
      precondition(all.count == mine.count * count && mine.count <= Int(cmpi_largest_part))
      cmpi_all_gather(mine.baseAddress, mine.count, all.baseAddress)
    }

    /// `MPI_Alltoall`.
    public func exchange(_ parts: UnsafeRawBufferPointer, into mine: UnsafeMutableRawBufferPointer)
    {
      precondition(parts.count == mine.count && parts.count / count <= Int(cmpi_largest_part))
      cmpi_exchange(parts.baseAddress, parts.count / count, mine.baseAddress)
    }
  }
#endif
