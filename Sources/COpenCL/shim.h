// OpenCL 1.2 is what every vendor still ships; asking for it keeps clCreateCommandQueue undeprecated.
#define CL_TARGET_OPENCL_VERSION 120
#include <CL/cl.h>
