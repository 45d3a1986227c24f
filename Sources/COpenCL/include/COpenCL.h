// OpenCL 1.2 as far as the package uses it, and the loading of its library.
//
// The types, values and signatures are those of the OpenCL 1.2 specification (Khronos, revision 19).
// Nobody links the library: opencl_load finds it when the first device is asked for, so that everything
// else runs on machines without it. Until that has succeeded no function of it may be called.
#ifndef COPENCL_H
#define COPENCL_H

#include <stddef.h>
#include <stdint.h>

typedef int32_t cl_int;
typedef uint32_t cl_uint;
typedef uint64_t cl_ulong;
typedef cl_uint cl_bool;
typedef cl_ulong cl_bitfield;

typedef cl_bitfield cl_device_type;
typedef cl_bitfield cl_mem_flags;
typedef cl_bitfield cl_command_queue_properties;
typedef cl_uint cl_platform_info;
typedef cl_uint cl_device_info;
typedef cl_uint cl_program_info;
typedef cl_uint cl_program_build_info;
typedef cl_uint cl_kernel_work_group_info;
typedef cl_uint cl_profiling_info;
typedef intptr_t cl_context_properties;

typedef struct _cl_platform_id *cl_platform_id;
typedef struct _cl_device_id *cl_device_id;
typedef struct _cl_context *cl_context;
typedef struct _cl_command_queue *cl_command_queue;
typedef struct _cl_mem *cl_mem;
typedef struct _cl_program *cl_program;
typedef struct _cl_kernel *cl_kernel;
typedef struct _cl_event *cl_event;

// What OpenCL calls back. The package never asks for it.
typedef void (*opencl_context_notice)(const char *, const void *, size_t, void *);
typedef void (*opencl_program_notice)(cl_program, void *);

#define CL_TRUE 1

#define CL_PLATFORM_VERSION 0x0901
#define CL_PLATFORM_NAME 0x0902

#define CL_DEVICE_TYPE_CPU (1 << 1)
#define CL_DEVICE_TYPE_GPU (1 << 2)
#define CL_DEVICE_TYPE_ACCELERATOR (1 << 3)
#define CL_DEVICE_TYPE_ALL 0xFFFFFFFF

#define CL_DEVICE_TYPE 0x1000
#define CL_DEVICE_MAX_COMPUTE_UNITS 0x1002
#define CL_DEVICE_MAX_WORK_GROUP_SIZE 0x1004
#define CL_DEVICE_MAX_MEM_ALLOC_SIZE 0x1010
#define CL_DEVICE_GLOBAL_MEM_SIZE 0x101F
#define CL_DEVICE_LOCAL_MEM_SIZE 0x1023
#define CL_DEVICE_AVAILABLE 0x1027
#define CL_DEVICE_COMPILER_AVAILABLE 0x1028
#define CL_DEVICE_NAME 0x102B
#define CL_DEVICE_VENDOR 0x102C
#define CL_DRIVER_VERSION 0x102D
#define CL_DEVICE_EXTENSIONS 0x1030

#define CL_QUEUE_PROFILING_ENABLE (1 << 1)
#define CL_MEM_READ_WRITE (1 << 0)
#define CL_PROGRAM_BINARY_SIZES 0x1165
#define CL_PROGRAM_BINARIES 0x1166
#define CL_PROGRAM_BUILD_LOG 0x1183
#define CL_KERNEL_WORK_GROUP_SIZE 0x11B0
#define CL_PROFILING_COMMAND_START 0x1282
#define CL_PROFILING_COMMAND_END 0x1283

// FUNCTION(result, name, (parameters), (arguments)) for each function of the library that is used.
#define OPENCL_FUNCTIONS(FUNCTION)                                                                     \
  FUNCTION(cl_int, clGetPlatformIDs, (cl_uint count, cl_platform_id * list, cl_uint * found),          \
           (count, list, found))                                                                       \
  FUNCTION(cl_int, clGetPlatformInfo,                                                                  \
           (cl_platform_id platform, cl_platform_info fact, size_t size, void *value, size_t *needed), \
           (platform, fact, size, value, needed))                                                      \
  FUNCTION(cl_int, clGetDeviceIDs,                                                                     \
           (cl_platform_id platform, cl_device_type type, cl_uint count, cl_device_id * list,          \
            cl_uint * found),                                                                          \
           (platform, type, count, list, found))                                                       \
  FUNCTION(cl_int, clGetDeviceInfo,                                                                    \
           (cl_device_id device, cl_device_info fact, size_t size, void *value, size_t *needed),       \
           (device, fact, size, value, needed))                                                        \
  FUNCTION(cl_context, clCreateContext,                                                                \
           (const cl_context_properties *properties, cl_uint count, const cl_device_id *devices,       \
            opencl_context_notice notice, void *context, cl_int *status),                              \
           (properties, count, devices, notice, context, status))                                      \
  FUNCTION(cl_int, clReleaseContext, (cl_context context), (context))                                  \
  FUNCTION(cl_command_queue, clCreateCommandQueue,                                                     \
           (cl_context context, cl_device_id device, cl_command_queue_properties properties,           \
            cl_int * status),                                                                          \
           (context, device, properties, status))                                                      \
  FUNCTION(cl_int, clReleaseCommandQueue, (cl_command_queue queue), (queue))                           \
  FUNCTION(cl_mem, clCreateBuffer,                                                                     \
           (cl_context context, cl_mem_flags flags, size_t size, void *host, cl_int *status),          \
           (context, flags, size, host, status))                                                       \
  FUNCTION(cl_int, clReleaseMemObject, (cl_mem memory), (memory))                                      \
  FUNCTION(cl_program, clCreateProgramWithSource,                                                      \
           (cl_context context, cl_uint count, const char **texts, const size_t *lengths,              \
            cl_int *status),                                                                           \
           (context, count, texts, lengths, status))                                                   \
  FUNCTION(cl_program, clCreateProgramWithBinary,                                                      \
           (cl_context context, cl_uint count, const cl_device_id *devices, const size_t *lengths,     \
            const unsigned char **binaries, cl_int *statuses, cl_int *status),                         \
           (context, count, devices, lengths, binaries, statuses, status))                             \
  FUNCTION(cl_int, clReleaseProgram, (cl_program program), (program))                                  \
  FUNCTION(cl_int, clBuildProgram,                                                                     \
           (cl_program program, cl_uint count, const cl_device_id *devices, const char *options,       \
            opencl_program_notice notice, void *context),                                              \
           (program, count, devices, options, notice, context))                                        \
  FUNCTION(cl_int, clGetProgramInfo,                                                                   \
           (cl_program program, cl_program_info fact, size_t size, void *value, size_t *needed),       \
           (program, fact, size, value, needed))                                                       \
  FUNCTION(cl_int, clGetProgramBuildInfo,                                                              \
           (cl_program program, cl_device_id device, cl_program_build_info fact, size_t size,          \
            void *value, size_t *needed),                                                              \
           (program, device, fact, size, value, needed))                                               \
  FUNCTION(cl_kernel, clCreateKernel, (cl_program program, const char *name, cl_int *status),          \
           (program, name, status))                                                                    \
  FUNCTION(cl_int, clReleaseKernel, (cl_kernel kernel), (kernel))                                      \
  FUNCTION(cl_int, clSetKernelArg,                                                                     \
           (cl_kernel kernel, cl_uint index, size_t size, const void *value),                          \
           (kernel, index, size, value))                                                               \
  FUNCTION(cl_int, clGetKernelWorkGroupInfo,                                                           \
           (cl_kernel kernel, cl_device_id device, cl_kernel_work_group_info fact, size_t size,        \
            void *value, size_t *needed),                                                              \
           (kernel, device, fact, size, value, needed))                                                \
  FUNCTION(cl_int, clWaitForEvents, (cl_uint count, const cl_event *events), (count, events))          \
  FUNCTION(cl_int, clReleaseEvent, (cl_event event), (event))                                          \
  FUNCTION(cl_int, clGetEventProfilingInfo,                                                            \
           (cl_event event, cl_profiling_info fact, size_t size, void *value, size_t *needed),         \
           (event, fact, size, value, needed))                                                         \
  FUNCTION(cl_int, clFlush, (cl_command_queue queue), (queue))                                         \
  FUNCTION(cl_int, clFinish, (cl_command_queue queue), (queue))                                        \
  FUNCTION(cl_int, clEnqueueReadBuffer,                                                                \
           (cl_command_queue queue, cl_mem memory, cl_bool waits, size_t offset, size_t size,          \
            void *host, cl_uint count, const cl_event *before, cl_event *event),                       \
           (queue, memory, waits, offset, size, host, count, before, event))                           \
  FUNCTION(cl_int, clEnqueueWriteBuffer,                                                               \
           (cl_command_queue queue, cl_mem memory, cl_bool waits, size_t offset, size_t size,          \
            const void *host, cl_uint count, const cl_event *before, cl_event *event),                 \
           (queue, memory, waits, offset, size, host, count, before, event))                           \
  FUNCTION(cl_int, clEnqueueFillBuffer,                                                                \
           (cl_command_queue queue, cl_mem memory, const void *pattern, size_t pattern_size,           \
            size_t offset, size_t size, cl_uint count, const cl_event *before, cl_event *event),       \
           (queue, memory, pattern, pattern_size, offset, size, count, before, event))                 \
  FUNCTION(cl_int, clEnqueueCopyBuffer,                                                                \
           (cl_command_queue queue, cl_mem source, cl_mem target, size_t source_offset,                \
            size_t target_offset, size_t size, cl_uint count, const cl_event *before,                  \
            cl_event *event),                                                                          \
           (queue, source, target, source_offset, target_offset, size, count, before, event))          \
  FUNCTION(cl_int, clEnqueueNDRangeKernel,                                                             \
           (cl_command_queue queue, cl_kernel kernel, cl_uint dimensions, const size_t *offset,        \
            const size_t *global, const size_t *local, cl_uint count, const cl_event *before,          \
            cl_event *event),                                                                          \
           (queue, kernel, dimensions, offset, global, local, count, before, event))                   \
  FUNCTION(cl_int, clEnqueueMarkerWithWaitList,                                                        \
           (cl_command_queue queue, cl_uint count, const cl_event *before, cl_event *event),           \
           (queue, count, before, event))                                                              \
  FUNCTION(cl_int, clEnqueueBarrierWithWaitList,                                                       \
           (cl_command_queue queue, cl_uint count, const cl_event *before, cl_event *event),           \
           (queue, count, before, event))

// The functions of the library, once it is loaded.
typedef struct {
#define OPENCL_MEMBER(result, name, parameters, arguments) result(*name) parameters;
  OPENCL_FUNCTIONS(OPENCL_MEMBER)
#undef OPENCL_MEMBER
} opencl_functions;

extern opencl_functions opencl_library;

// Inline, so that no name of OpenCL's is exported: a program that links the library itself keeps it.
#define OPENCL_CALL(result, name, parameters, arguments) \
  static inline result name parameters { return opencl_library.name arguments; }
OPENCL_FUNCTIONS(OPENCL_CALL)
#undef OPENCL_CALL

// How an attempt to load the library ended.
typedef enum {
  opencl_is_loaded,
  // No library of the name is where the system looks for libraries.
  opencl_is_absent,
  // There is one, but it cannot be loaded; the reason is the system's.
  opencl_is_broken,
  // It lacks a function of OpenCL 1.2; the reason is its name.
  opencl_is_incomplete
} opencl_state;

// Loads the library at a path, or where there is none the system's. The reason is put into a text of
// a size in bytes. One thread at a time may call this.
opencl_state opencl_load(const char *path, char *reason, size_t size);

// What opencl_load looks for without a path.
extern const char *const opencl_library_name;

#endif
