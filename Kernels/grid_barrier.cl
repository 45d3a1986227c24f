// A barrier for work-groups of a launch, which gives up where they do not run side by side.
//
// The groups of a launch may be several teams, one for each number in the second dimension. A team
// has words of its own in `grid`, waits for nobody but its members, and is all that is spoken of
// below: teams have no places in common.
//
// OpenCL promises nothing about which work-groups run at the same time: on some devices the second
// one starts when the first has ended. So nobody waits for ever. The first that has looked `polls`
// times in vain becomes the owner, and does alone what is left; all others leave as soon as they
// see that there is one, those that start late among them.
//
// What a kernel must keep to, so that nobody ever reads a value that is stale or half written:
//
//   1. Every place that a group writes is written with one value only in the whole launch, a
//      function of what was there before the launch and of places written in earlier steps. Nothing
//      is changed in place. Whoever writes a place, however late and however often, writes the same
//      32 bits there.
//   2. A place that another group may have written is read only in a step after the one in which it
//      was written: by a group that has passed the barrier of that step, or by the owner, who has
//      passed that barrier too or has computed the whole step itself.
//   3. The steps of the owner are computed by the same lines as those of the others.
//
// The owner that gave up in the barrier of step s has passed the barrier of step s - 1. So all that
// was written up to step s - 1 is complete and visible to it. Of step s it knows nothing, and
// computes all of it again, from what is complete. Groups that have not seen that there is an owner
// may be anywhere in step s, or in step s + 1 where the last one arrived in the same moment; they
// too have passed the barrier before, and whatever they still write is, by rule 1, what the owner
// writes or has written. They leave at the next barrier at the latest.
//
// Stores become visible to other groups by DEVICE_FENCE between the stores and the arrival; what
// other groups wrote is read by volatile loads, which do not take it from a cache of the compute
// unit, after DEVICE_FENCE. In OpenCL C 1.2 a fence is for the work-group, and so is what some
// devices make of it; grid_barrier_probe.cl finds out whether values arrive.

// 1 where the compiler knows NVIDIA's instruction for a fence for the whole device.
#ifndef PTX_FENCE
#define PTX_FENCE 0
#endif

#if PTX_FENCE
#define DEVICE_FENCE() __asm volatile("membar.gl;" : : : "memory")
#else
#define DEVICE_FENCE() mem_fence(CLK_GLOBAL_MEM_FENCE)
#endif

// The words of a team, all zero before the first launch. The last group to leave makes the first
// three zero again, for the next launch. Teams are 128 bytes apart, so that those that look for each
// other do not wait for a line that another team writes.
#define GRID_WORDS 32
#define GRID_ARRIVED 0
#define GRID_OWNER 1
#define GRID_LEFT 2
// In how many launches the team gave up; the host reads it.
#define GRID_GIVEN_UP 3

// What a group does next.
#define GRID_GO_ON 0
#define GRID_LEAVE 1
#define GRID_ALONE 2

// The words of the group's own team.
__global volatile uint *grid_of_team(__global volatile uint *grid) {
  return grid + (size_t)get_group_id(1) * GRID_WORDS;
}

// Whether the group is too late to take part. Every item of it calls this, and gets the same answer.
//
//   outcome   an int of local memory that is used for nothing else
bool grid_is_late(__global volatile uint *grid, __local int *outcome) {
  if (get_local_id(0) == 0) {
    *outcome = grid[GRID_OWNER] != 0 ? GRID_LEAVE : GRID_GO_ON;
  }
  barrier(CLK_LOCAL_MEM_FENCE);
  return *outcome == GRID_LEAVE;
}

// Waits for all groups. Every item of a group calls this, and gets the same answer.
//
//   grid      of the team
//   number    of the barriers before it in the launch
//   polls     how often a group looks for the others before it gives up
int grid_wait(
    __global volatile uint *grid, const uint number, const uint polls, __local int *outcome) {
  DEVICE_FENCE();
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  if (get_local_id(0) == 0) {
    DEVICE_FENCE();
    atomic_inc(&grid[GRID_ARRIVED]);
    const uint groups = (uint)get_num_groups(0);
    const uint all = groups * (number + 1);
    int next = -1;
    for (uint polled = 0; next < 0; polled++) {
      // The count may pass the largest uint: its distance is what counts.
      if ((int)(grid[GRID_ARRIVED] - all) >= 0) {
        next = GRID_GO_ON;
      } else if (grid[GRID_OWNER] != 0) {
        next = GRID_LEAVE;
      } else if (polled >= polls) {
        const uint owner = atomic_cmpxchg(&grid[GRID_OWNER], 0u, (uint)get_group_id(0) + 1);
        next = owner == 0 ? GRID_ALONE : GRID_LEAVE;
        if (owner == 0) {
          atomic_inc(&grid[GRID_GIVEN_UP]);
        }
      }
    }
    *outcome = next;
  }
  barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
  DEVICE_FENCE();
  return *outcome;
}

// The last that a group does; all of its items call it.
void grid_leave(__global volatile uint *grid) {
  if (get_local_id(0) == 0 && atomic_inc(&grid[GRID_LEFT]) == (uint)get_num_groups(0) - 1) {
    // Nobody else looks at them any more.
    grid[GRID_ARRIVED] = 0;
    grid[GRID_OWNER] = 0;
    grid[GRID_LEFT] = 0;
  }
}
