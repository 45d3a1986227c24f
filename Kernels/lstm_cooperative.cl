// What lstm_cooperative_forward.cl and its backward share: how units, columns and rows are cut, and
// how the work-groups of a launch go from step to step.
//
// Rows do not need each other, so the work-groups are teams (the second dimension), each with rows of
// its own: more teams of fewer groups, as long as a team's registers hold all of R. The units are cut
// into slices, one for each work-group of a team where there are as many groups. The columns that an
// item multiplies are cut into PARTS: item (part, unit), the unit fastest, has every PARTS-th four of
// them. The first HELD fours of an item stay in its registers for the whole sequence; the others are
// read again in each step. What is multiplied goes through local memory, ROWS rows at a time; what
// items of one part read there is a broadcast, and parts read neighboring fours. The sums of the
// parts go through local memory too, and are added in the order of the parts.

// H.
#ifndef UNITS
#define UNITS 256
#endif
// Units of a slice.
#ifndef SLICE_UNITS
#define SLICE_UNITS 8
#endif
// Parts into which the columns, or the rows of R of each gate, are cut.
#ifndef PARTS
#define PARTS 32
#endif
// Rows that are in local memory at a time: 4 registers and 16 bytes of an item each, and H floats.
#ifndef ROWS
#define ROWS 2
#endif
// Fours of columns, or of the rows of each gate, that an item has in registers: 16 of them for each.
#ifndef HELD
#define HELD 4
#endif
// Whether R can be read in fours: H and its offset are multiples of 4.
#ifndef R_IN_FOURS
#define R_IN_FOURS (UNITS % 4 == 0)
#endif

#define FOURS ((UNITS + 3) / 4)
// Fours of an item.
#define TURNS ((FOURS + PARTS - 1) / PARTS)
#define PITCH (TURNS * PARTS)
#define HELD_TURNS (HELD < TURNS ? HELD : TURNS)
#define ITEMS (SLICE_UNITS * PARTS)
#define SLICES ((UNITS + SLICE_UNITS - 1) / SLICE_UNITS)
// Fours that an item loads for a tile.
#define LOAD_TURNS ((ROWS * PITCH + ITEMS - 1) / ITEMS)
#define CELL_TURNS ((ROWS * SLICE_UNITS + ITEMS - 1) / ITEMS)

// An item's share of ROWS rows, which begin at `first` and are `pitch` apart; zeros beyond the `left`
// ones of the team. All of it is asked for before any of it is waited for, and nothing is skipped: what
// lies beyond an end is read from before it.
void load_rows(
    float4 *values, const int item, __global volatile const float *first, const size_t pitch,
    const int left) {
#pragma unroll
  for (int turn = 0; turn < LOAD_TURNS; turn++) {
    const int row = (item + turn * ITEMS) / PITCH;
    const int four = (item + turn * ITEMS) % PITCH;
    __global volatile const float *place =
        first + min(row, left - 1) * pitch + 4 * min(four, FOURS - 1);
#if UNITS % 4 == 0
    const float4 value = *(__global volatile const float4 *)place;
#else
    const int last = UNITS - 1 - 4 * min(four, FOURS - 1);
    const float4 value = (float4)(
        place[0], last < 1 ? 0.0f : place[1], last < 2 ? 0.0f : place[2],
        last < 3 ? 0.0f : place[3]);
#endif
    values[turn] = row < left && four < FOURS ? value : (float4)(0.0f);
  }
}

// What a group does after it has computed a step: see grid_barrier.cl.
//
//   number  of the step, in the order in which they are taken
int after_step(
    __global volatile uint *grid, const int slice_stride, const int number, const int count,
    const uint polls, const int give_up_step, __local int *outcome) {
  if (slice_stride == 1) {
    // Alone: what its own items wrote is all there is to wait for.
    barrier(CLK_LOCAL_MEM_FENCE | CLK_GLOBAL_MEM_FENCE);
    return GRID_GO_ON;
  }
  return number + 1 < count
             ? grid_wait(grid, (uint)number, number == give_up_step ? 0 : polls, outcome)
             : GRID_GO_ON;
}
