internal import LSTMCompute
