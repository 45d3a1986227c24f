// Lets calls of the file system fail, or ends the process at one of them.
//
// It is put before the C library (LD_PRELOAD) and looks at files whose paths contain FAULT_PATH.
//   FAULT_CALL     open, write, fsync, rename, close, mkdir, flock or fallocate
//   FAULT_NUMBER   which of these calls, from 1
//   FAULT_ERROR    the errno that it fails with; 0 ends the process as SIGKILL does
//   FAULT_STAYS    with it all later calls fail too, as on a full disk
//   FAULT_MARK     a file that is made when the call comes

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { most_descriptors = 1024 };

static atomic_int calls;
static atomic_bool watched[most_descriptors];

static int is_ours(const char *path) {
  const char *part = getenv("FAULT_PATH");
  return part && path && strstr(path, part) != NULL;
}

static int is_watched(int file) {
  return file >= 0 && file < most_descriptors && watched[file];
}

static int fails(const char *call) {
  const char *wanted = getenv("FAULT_CALL"), *mark = getenv("FAULT_MARK");
  if (!wanted || strcmp(wanted, call)) return 0;
  const int number = atoi(getenv("FAULT_NUMBER")), error = atoi(getenv("FAULT_ERROR"));
  const int call_number = atomic_fetch_add(&calls, 1) + 1;
  if (call_number < number || (call_number > number && !getenv("FAULT_STAYS"))) return 0;
  if (mark) syscall(SYS_close, (int)syscall(SYS_openat, AT_FDCWD, mark, O_CREAT | O_WRONLY, 0600));
  if (error == 0) kill(getpid(), SIGKILL);
  errno = error;
  return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int opened(const char *path, int flags, mode_t mode) {
  const int ours = is_ours(path);
  if (ours && fails("open")) return -1;
  const int file = (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
  if (file >= 0 && file < most_descriptors) watched[file] = ours;
  return file;
}

int open(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & O_CREAT ? (mode_t)va_arg(rest, unsigned) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}

int open64(const char *path, int flags, ...) {
  va_list rest;
  va_start(rest, flags);
  const mode_t mode = flags & O_CREAT ? (mode_t)va_arg(rest, unsigned) : 0;
  va_end(rest);
  return opened(path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (is_watched(file) && fails("write")) return -1;
  return syscall(SYS_write, file, bytes, count);
}

int fsync(int file) {
  if (is_watched(file) && fails("fsync")) return -1;
  return (int)syscall(SYS_fsync, file);
}

int close(int file) {
  const int ours = is_watched(file);
  if (ours) watched[file] = 0;
  const int result = (int)syscall(SYS_close, file);
  return ours && fails("close") ? -1 : result;
}

int rename(const char *from, const char *to) {
  if (is_ours(to) && fails("rename")) return -1;
  return NEXT(rename)(from, to);
}

int mkdir(const char *path, mode_t mode) {
  if (is_ours(path) && fails("mkdir")) return -1;
  return NEXT(mkdir)(path, mode);
}

int flock(int file, int operation) {
  if (is_watched(file) && fails("flock")) return -1;
  return (int)syscall(SYS_flock, file, operation);
}

static int allocated(int file, off_t start, off_t size) {
  if (is_watched(file) && fails("fallocate")) return errno;
  return syscall(SYS_fallocate, file, 0, start, size) ? errno : 0;
}

int posix_fallocate(int file, off_t start, off_t size) { return allocated(file, start, size); }
int posix_fallocate64(int file, off_t start, off_t size) { return allocated(file, start, size); }
