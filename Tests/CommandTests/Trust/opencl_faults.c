// An OpenCL library whose calls fail when they are told to; else it is the machine's own.
//
// It is built with Sources/COpenCL/COpenCL.c, and loaded where SWIFT_LSTM_OPENCL names it.
//   FAULT_CALL     the function that fails, such as clFinish, or any
//   FAULT_NUMBER   which call of it, from 1
//   FAULT_STATUS   what it returns, such as -5
//   FAULT_STAYS    with it all later calls of every function fail too: the device is lost
//   FAULT_NAN      with it that call succeeds, and reads bytes that are no numbers
//   FAULT_MARK     a file that gets the name of the function when the call comes
//   FAULT_COUNTS   a file that gets the number of calls of each function in the end
//   FAULT_KIND     gpu has every device say that it is one

#include "COpenCL.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORTED __attribute__((visibility("default")))

enum {
#define NUMBER(result, name, parameters, arguments) number_##name,
  OPENCL_FUNCTIONS(NUMBER) function_count
};

static const char *const names[] = {
#define NAME(result, name, parameters, arguments) #name,
    OPENCL_FUNCTIONS(NAME)};

static atomic_int counts[function_count], total;
static atomic_bool is_lost;

static void write_counts(void) {
  FILE *file = fopen(getenv("FAULT_COUNTS"), "w");
  if (!file) return;
  for (int i = 0; i < function_count; i++)
    if (counts[i]) fprintf(file, "%s %d\n", names[i], counts[i]);
  fclose(file);
}

// The library's own, whose results are changed.
static opencl_functions own;

static cl_int device_info(cl_device_id device, cl_device_info fact, size_t size, void *value,
                          size_t *needed) {
  const cl_int status = own.clGetDeviceInfo(device, fact, size, value, needed);
  const char *kind = getenv("FAULT_KIND");
  const cl_device_type gpu = CL_DEVICE_TYPE_GPU;
  if (fact == CL_DEVICE_TYPE && kind && !strcmp(kind, "gpu") && value && size == sizeof gpu)
    memcpy(value, &gpu, sizeof gpu);
  return status;
}

static cl_int read_buffer(cl_command_queue queue, cl_mem memory, cl_bool waits, size_t offset,
                          size_t size, void *host, cl_uint count, const cl_event *before,
                          cl_event *event) {
  const cl_int status =
      own.clEnqueueReadBuffer(queue, memory, waits, offset, size, host, count, before, event);
  if (getenv("FAULT_NAN") && counts[number_clEnqueueReadBuffer] == atoi(getenv("FAULT_NUMBER")))
    memset(host, 0xFF, size);
  return status;
}

__attribute__((constructor)) static void load(void) {
  char reason[256];
  if (opencl_load(NULL, reason, sizeof reason) != opencl_is_loaded) {
    fprintf(stderr, "opencl_faults: %s\n", reason);
    abort();
  }
  own = opencl_library;
  opencl_library.clGetDeviceInfo = device_info;
  opencl_library.clEnqueueReadBuffer = read_buffer;
  if (getenv("FAULT_COUNTS")) atexit(write_counts);
}

// Whether this is the call that was chosen.
static int is_chosen(int function) {
  const int own = atomic_fetch_add(&counts[function], 1) + 1;
  const int all = atomic_fetch_add(&total, 1) + 1;
  const char *wanted = getenv("FAULT_CALL");
  if (!wanted) return 0;
  const int is_any = strcmp(wanted, "any") == 0;
  if (!is_any && strcmp(wanted, names[function])) return 0;
  if ((is_any ? all : own) != atoi(getenv("FAULT_NUMBER"))) return 0;
  const char *mark = getenv("FAULT_MARK");
  FILE *file = mark ? fopen(mark, "w") : NULL;
  if (file) {
    fprintf(file, "%s\n", names[function]);
    fclose(file);
  }
  return 1;
}

// The status that a call fails with; 0 where it does not.
static cl_int failure(int function) {
  const int chosen = is_chosen(function);
  if (getenv("FAULT_NAN")) return 0;
  if (chosen && getenv("FAULT_STAYS")) is_lost = 1;
  return chosen || is_lost ? atoi(getenv("FAULT_STATUS")) : 0;
}

#define FAIL_STATUS(code) return code;
#define FAIL_OBJECT(code) \
  {                       \
    if (status) *status = code; \
    return NULL;          \
  }
#define FAIL_cl_int FAIL_STATUS
#define FAIL_cl_context FAIL_OBJECT
#define FAIL_cl_command_queue FAIL_OBJECT
#define FAIL_cl_mem FAIL_OBJECT
#define FAIL_cl_program FAIL_OBJECT
#define FAIL_cl_kernel FAIL_OBJECT

// Functions of the library's names. The header has inline ones of these names, which are not used here.
#define FORWARD(result, name, parameters, arguments)      \
  EXPORTED result fault_##name parameters __asm__(#name); \
  result fault_##name parameters {                        \
    const cl_int code = failure(number_##name);           \
    if (code) FAIL_##result(code)                         \
    return opencl_library.name arguments;                 \
  }
OPENCL_FUNCTIONS(FORWARD)
