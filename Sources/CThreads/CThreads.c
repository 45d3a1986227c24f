// For the clock and the signal masks, which strict C does not declare.
#define _POSIX_C_SOURCE 200809L

#include "CThreads.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <time.h>

// How long a worker looks for the next job before it sleeps: longer than a caller takes between two
// jobs of one pass, and as long as it takes to be woken.
enum { AWAKE_NANOSECONDS = 50 * 1000 };

// How often a thread looks before it lets others use its processor, about 20 us.
enum { PATIENT_LOOKS = 1000 };

// How often a thread looks whether the others are done before it takes what they have not begun, about
// 1 us: a part is best done by its owner, who has the data in its cache.
enum { OWNER_LOOKS = 40 };

// Everything that several threads write has a cache line of its own.
#define LINE _Alignas(128)

// What is asked for, in one word: the job's number, its phases and its parts. A worker that comes late
// finds by the number that the job is over, and touches nothing of it.
typedef uint64_t Job;

static inline Job make_job(uint64_t number, size_t phases, size_t parts) {
  return number << 32 | (uint64_t)phases << 8 | parts;
}
static inline uint64_t job_number(Job job) { return job >> 32; }
static inline uint32_t job_phases(Job job) { return (uint32_t)job >> 8; }
static inline uint32_t job_parts(Job job) { return (uint32_t)job & 0xFF; }

// A count that belongs to a job.
static inline uint64_t counted(uint64_t number, uint32_t count) { return number << 32 | count; }

static LINE _Atomic Job current;

// How many parts of the job are done, those of all phases counted together.
static LINE _Atomic uint64_t done;

// How many phases of a part were begun. Part n is the one of thread n, the caller being the first.
typedef struct {
  LINE _Atomic uint64_t begun;
} Part;

static Part parts_of_job[threads_maximum_parts];

// Written by the caller before the parts, read by those who have begun a part.
static ThreadsBody job_body;
static const void *job_context;

// Held by the thread whose job it is, who alone creates workers.
static LINE atomic_flag in_use = ATOMIC_FLAG_INIT;

typedef struct {
  LINE _Atomic bool sleeps;
  pthread_mutex_t mutex;
  pthread_cond_t wakes;
} Worker;

static Worker workers[threads_maximum_parts];
static size_t worker_count;

static inline void pause_briefly(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

static inline void look_again(unsigned *looks) {
  if (++*looks < PATIENT_LOOKS)
    pause_briefly();
  else
    sched_yield();
}

static uint64_t nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

// MARK: - Taking part in a job

// Does the part in this phase unless someone has begun it.
static bool take(uint64_t number, uint32_t phase, size_t part) {
  _Atomic uint64_t *const begun = &parts_of_job[part].begun;
  uint64_t expected = counted(number, phase);
  if (atomic_load_explicit(begun, memory_order_relaxed) != expected ||
      !atomic_compare_exchange_strong_explicit(begun, &expected, expected + 1,
                                               memory_order_acq_rel, memory_order_relaxed))
    return false;
  job_body(job_context, phase, part);
  // From here on the job may be over, and the context gone.
  atomic_fetch_add_explicit(&done, 1, memory_order_release);
  return true;
}

static bool take_any(uint64_t number, uint32_t phase, uint32_t parts, size_t thread) {
  bool taken = false;
  for (size_t next = thread + 1; next < parts; next++) taken |= take(number, phase, next);
  for (size_t next = 0; next < thread; next++) taken |= take(number, phase, next);
  return taken;
}

static void take_part(Job job, size_t thread) {
  const uint64_t number = job_number(job);
  const uint32_t parts = job_parts(job), phases = job_phases(job);
  uint64_t state = atomic_load_explicit(&done, memory_order_acquire);
  // Once an owner did not come, no one waits for him in the next phase.
  bool waits = true;
  while (job_number(state) == number && (uint32_t)state < phases * parts) {
    const uint32_t phase = (uint32_t)state / parts;
    const uint64_t all = counted(number, (phase + 1) * parts);
    take(number, phase, thread);
    for (unsigned looks = 0;; look_again(&looks)) {
      state = atomic_load_explicit(&done, memory_order_acquire);
      if (job_number(state) != number || state >= all) break;
      if (looks == (waits ? OWNER_LOOKS : 0)) waits = !take_any(number, phase, parts, thread);
    }
  }
}

// MARK: - Workers

static void wake(size_t thread) {
  Worker *const worker = &workers[thread];
  if (!atomic_load(&worker->sleeps)) return;
  pthread_mutex_lock(&worker->mutex);
  pthread_cond_signal(&worker->wakes);
  pthread_mutex_unlock(&worker->mutex);
}

// A thread wakes two others, who wake two others each.
static void wake_others(size_t thread, size_t parts) {
  if (2 * thread + 1 < parts) wake(2 * thread + 1);
  if (2 * thread + 2 < parts) wake(2 * thread + 2);
}

// The next job, which is not `last`.
static Job wait_for_job(Worker *worker, Job last, uint64_t *awake_since) {
  for (;;) {
    for (int looks = 0; looks < 32; looks++) {
      const Job job = atomic_load_explicit(&current, memory_order_acquire);
      if (job != last) return job;
      pause_briefly();
    }
    if (nanoseconds() - *awake_since < AWAKE_NANOSECONDS) continue;
    pthread_mutex_lock(&worker->mutex);
    // Either the caller sees that this thread sleeps, or this thread sees the caller's job.
    atomic_store(&worker->sleeps, true);
    while (atomic_load(&current) == last) pthread_cond_wait(&worker->wakes, &worker->mutex);
    atomic_store(&worker->sleeps, false);
    pthread_mutex_unlock(&worker->mutex);
    *awake_since = nanoseconds();
  }
}

static void *work(void *argument) {
  Worker *const worker = argument;
  const size_t thread = (size_t)(worker - workers);
  Job job = 0;
  uint64_t awake_since = nanoseconds();
  for (;;) {
    job = wait_for_job(worker, job, &awake_since);
    if (thread >= job_parts(job)) continue;
    wake_others(thread, job_parts(job));
    take_part(job, thread);
    awake_since = nanoseconds();
  }
  return NULL;
}

// Where the system gives no more threads, the caller does the parts.
// Whether the system has refused another thread.
static bool has_all_workers;

static void make_workers(size_t count) {
  pthread_attr_t attributes;
  sigset_t all, before;
  if (has_all_workers || worker_count >= count || pthread_attr_init(&attributes)) return;
  pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
  pthread_attr_setstacksize(&attributes, 1 << 20);
  // Signals are for the program's own threads.
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  for (pthread_t thread; worker_count < count; worker_count++) {
    Worker *const worker = &workers[worker_count + 1];
    pthread_mutex_init(&worker->mutex, NULL);
    pthread_cond_init(&worker->wakes, NULL);
    if (pthread_create(&thread, &attributes, work, worker)) {
      pthread_cond_destroy(&worker->wakes);
      pthread_mutex_destroy(&worker->mutex);
      // What the system refuses once is not asked for with every job.
      has_all_workers = true;
      break;
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  pthread_attr_destroy(&attributes);
}

// MARK: - The caller

bool threads_run(size_t phases, size_t parts, ThreadsBody body, const void *context) {
  if (phases > threads_maximum_phases || parts > threads_maximum_parts ||
      atomic_flag_test_and_set_explicit(&in_use, memory_order_acquire))
    return false;
  if (phases > 0 && parts > 0) {
    make_workers(parts - 1);
    const uint64_t number =
        (job_number(atomic_load_explicit(&current, memory_order_relaxed)) + 1) & UINT32_MAX;
    const Job job = make_job(number, phases, parts);
    job_body = body;
    job_context = context;
    atomic_store_explicit(&done, counted(number, 0), memory_order_relaxed);
    for (size_t part = 0; part < parts; part++)
      atomic_store_explicit(&parts_of_job[part].begun, counted(number, 0), memory_order_release);
    atomic_store(&current, job);
    wake_others(0, parts);
    take_part(job, 0);
  }
  atomic_flag_clear_explicit(&in_use, memory_order_release);
  return true;
}
