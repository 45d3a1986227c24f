/// Why processes that compute together have ended.
public enum GroupError: Error, CustomStringConvertible {
  /// An error of this process, which all others have been told of.
  ///
  /// Of several that fail at the same time, one speaks for all of them.
  case here(rank: Int, any Error, speaks: Bool)
  /// The process of this rank has failed; it says why.
  case elsewhere(rank: Int)
  /// What must be the same in all processes is different in that of a rank: the data, the options, the
  /// weights.
  case different(_ what: String, rank: Int, speaks: Bool)

  /// Whether it is for this process to tell the user.
  public var isToBeTold: Bool {
    switch self {
    case .here(_, _, let speaks), .different(_, _, let speaks): speaks
    case .elsewhere: false
    }
  }

  /// The message.
  public var description: String {
    switch self {
    case .here(let rank, let error, _): "rank \(rank): \(error)"
    case .elsewhere(let rank): "rank \(rank) has failed"
    case .different(let what, let rank, _):
      "\(what) of rank \(rank) differ from those of rank 0; all ranks must have the same"
    }
  }
}
