#if Service
  import AnomalyDetection
  import LSTMCompute
  import TimeSeries

  /// Why a request is not done: a status of HTTP and one line for whoever sent it.
  struct ServiceError: Error {
    var status: Int
    var message: String
    /// After so many seconds a second try may go through.
    var retryAfter: Int?
    /// What may be done at the place, of a method that may not.
    var allowed: [String] = []

    init(_ status: Int, _ message: String, retryAfter: Int? = nil, allowed: [String] = []) {
      self.status = status
      self.message = message
      self.retryAfter = retryAfter
      self.allowed = allowed
    }

    /// What is said of an error of the libraries.
    ///
    /// Of the disk and the device no more is told than that it failed: the log has the rest.
    init(_ error: any Error) {
      switch error {
      case let error as ServiceError: self = error
      case is TimeSeriesError, is DetectionError: self.init(400, "\(error)")
      default: self.init(500, "an error of the service itself; its log says more")
      }
    }
  }
#endif
