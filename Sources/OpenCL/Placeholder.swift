internal import COpenCL
