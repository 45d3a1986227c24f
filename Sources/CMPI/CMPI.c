#include "CMPI.h"

#ifdef SWIFT_LSTM_MPI

#include <mpi.h>

int cmpi_begin(CMPIPlace *place) {
  int provided = MPI_THREAD_SINGLE;
  MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  MPI_Comm_rank(MPI_COMM_WORLD, &place->rank);
  MPI_Comm_size(MPI_COMM_WORLD, &place->count);
  MPI_Comm local;
  MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, place->rank, MPI_INFO_NULL, &local);
  MPI_Comm_rank(local, &place->local_rank);
  MPI_Comm_size(local, &place->local_count);
  MPI_Comm_free(&local);
  return provided >= MPI_THREAD_SERIALIZED ? 0 : -1;
}

void cmpi_end(void) { MPI_Finalize(); }

void cmpi_all_gather(const void *mine, size_t size, void *all) {
  MPI_Allgather(mine, (int)size, MPI_BYTE, all, (int)size, MPI_BYTE, MPI_COMM_WORLD);
}

void cmpi_exchange(const void *parts, size_t size, void *mine) {
  MPI_Alltoall(parts, (int)size, MPI_BYTE, mine, (int)size, MPI_BYTE, MPI_COMM_WORLD);
}

#endif
