#include "COpenCL.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

opencl_functions opencl_library;

#ifdef __APPLE__
const char *const opencl_library_name = "/System/Library/Frameworks/OpenCL.framework/OpenCL";
#else
// The name with the version, which loaders and drivers have kept since OpenCL 1.0; the one without is
// for those who develop.
const char *const opencl_library_name = "libOpenCL.so.1";
#endif

static void explain(char *reason, size_t size, const char *text) {
  if (size > 0)
    snprintf(reason, size, "%s", text ? text : "no reason is given");
}

// Whether the system says that there is no file, and of this library, not of one that it needs.
static int is_absent(const char *name, const char *error) {
  return error && strncmp(error, name, strlen(name)) == 0 && strstr(error, "No such file") != NULL;
}

opencl_state opencl_load(const char *path, char *reason, size_t size) {
  const char *name = path ? path : opencl_library_name;
  // Drivers stay loaded: their threads outlive every use of them.
  void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) {
    const char *error = dlerror();
    explain(reason, size, error);
    return is_absent(name, error) ? opencl_is_absent : opencl_is_broken;
  }
  opencl_functions functions;
#define OPENCL_FIND(result, name, parameters, arguments)  \
  functions.name = (result(*) parameters)dlsym(library, #name); \
  if (functions.name == NULL) {                           \
    explain(reason, size, #name);                         \
    dlclose(library);                                     \
    return opencl_is_incomplete;                          \
  }
  OPENCL_FUNCTIONS(OPENCL_FIND)
#undef OPENCL_FIND
  opencl_library = functions;
  return opencl_is_loaded;
}
