// Threads that share the parts of a job with the thread that asks for it.
//
// A job is a number of phases of the same number of parts: no part of a phase begins before all parts
// of the phase before are done. Whoever comes first takes a part, the caller too, so that a worker
// that gets no processor holds up nobody. Workers look for the next job for a short while after their
// last part and then sleep.

#ifndef CTHREADS_H
#define CTHREADS_H

#include <stdbool.h>
#include <stddef.h>

/// Does one part of one phase.
typedef void (*ThreadsBody)(const void *context, size_t phase, size_t part);

/// The largest number of parts of a job.
enum { threads_maximum_parts = 255 };

/// The largest number of phases of a job.
enum { threads_maximum_phases = (1 << 24) - 1 };

/// Calls `body` once for each part of each phase, and returns when all are done.
///
/// Returns false, having done nothing, while another thread has a job or where a number is beyond its
/// maximum.
bool threads_run(size_t phases, size_t parts, ThreadsBody body, const void *context);

#endif
