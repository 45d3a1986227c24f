// MPI as plain functions: its handles and constants are macros that differ from one MPI to the next, and
// that Swift does not see. Without the package's trait MPI there are no functions behind these.
//
// Errors of MPI end the process with MPI's message, and mpirun ends the others: that is MPI's own default.

#ifndef CMPI_H
#define CMPI_H

#include <stddef.h>

/// Where a process stands among those that were started together.
typedef struct {
  /// Its number, from 0, and their number.
  int rank, count;
  /// The same among those on its machine.
  int local_rank, local_count;
} CMPIPlace;

/// The most bytes of a rank's part in a call.
enum { cmpi_largest_part = 1 << 30 };

/// Begins; 0, or -1 where this MPI cannot be called by one thread after another.
int cmpi_begin(CMPIPlace *place);

/// Ends, once all ranks do.
void cmpi_end(void);

/// Gives every rank the `size` bytes of each rank, in their order.
void cmpi_all_gather(const void *mine, size_t size, void *all);

/// Gives rank r part r of `size` bytes of each rank, in their order.
void cmpi_exchange(const void *parts, size_t size, void *mine);

#endif
