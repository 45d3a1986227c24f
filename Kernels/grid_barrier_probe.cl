// Finds out whether work-groups run side by side, and whether what they write reaches each other.
//
//   rounds   how many barriers there are
//   grid     as in grid_barrier.cl; its count of launches that gave up says whether they ran
//   values   [rounds, groups, PROBE_ITEMS]
//   misses   [groups], out: how many values of other groups were not there when they had to be
//
// In each round every item writes a value and, after the barrier, every group reads those of all.
// Values are never changed in place, so that the same places would be read stale if anything is.

#ifndef PROBE_ITEMS
#define PROBE_ITEMS 256
#endif

__kernel __attribute__((reqd_work_group_size(PROBE_ITEMS, 1, 1))) void grid_barrier_probe(
    const int rounds, __global volatile uint *grid, const uint polls,
    __global volatile uint *values, __global volatile uint *misses) {
  __local int outcome;
  const int item = (int)get_local_id(0);
  const uint group = (uint)get_group_id(0);
  const uint groups = (uint)get_num_groups(0);
  const uint size = groups * PROBE_ITEMS;
  uint missed = 0;

  int last = grid_is_late(grid, &outcome) ? 0 : rounds;
  for (int round = 0; round < last; round++) {
    __global volatile uint *now = values + (size_t)round * size;
    now[group * PROBE_ITEMS + item] = (uint)round * 0x9E3779B9u + group * PROBE_ITEMS + item + 1;
    if (grid_wait(grid, (uint)round, polls, &outcome) != GRID_GO_ON) {
      last = 0;
    } else {
      for (uint e = (uint)item; e < size; e += PROBE_ITEMS) {
        missed += now[e] == (uint)round * 0x9E3779B9u + e + 1 ? 0 : 1;
      }
    }
  }
  if (missed > 0) {
    atomic_add(&misses[group], missed);
  }
  grid_leave(grid);
}
