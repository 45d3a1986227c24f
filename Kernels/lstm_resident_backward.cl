// All time steps of an LSTM layer, or some of them, backward, in one launch: the mirror of
// lstm_resident_forward.cl.
//
//   first        the time of the step with which the forward pass began, and this one ends
//   steps        how many it goes through, from the one that was read last on
//   direction    as there
//   continues    not 0 where a launch for the steps read after these went before, and left da and
//                what it carries; else these are the last
//   rows         B
//   starts       not 0 where the state before the first step is zeros; it is not read then
//   gates        [T, B, 4H], in: i, f, g, o; out: da in their place
//   cell, raw_cell, arguments, step_mask
//                as there
//   has_outputs, outputs, outputs_offset, outputs_pitch
//                [T, B, H], dL/d(the layer's output of each step), if any
//   takes_dh     not 0 where h_gradient has dL/dh after the last step; else that is zero
//   takes_dc     the same for the cell
//   needs_state  not 0 to leave dL/dh before the first step in h_gradient
//   h_gradient   [B, H]
//   c_gradient   [B, H]; out: dL/dc before the first step
//
// The gates are read, not computed again: dz needs their place anyway, for the products over all
// steps that make the gradients of the weights, so that keeping them costs one read and one write
// of 4H floats for each row and step; computing them again would need R a second time in the same
// registers.
//
// A work-group carries ROWS rows of the batch through all steps. The 4H rows of R are cut into
// SLICES of DEPTH, and item (slice, quad), the quad fastest, holds four neighboring columns of its
// slice: 4 DEPTH floats, of which 4 HELD stay in its registers. dz of the step is in local memory, where all
// items of a slice read the same four floats of it at once, a broadcast for 16 multiply-adds; the
// parts of the slices go through local memory and are added in their order. Two barriers a step:
// one when all parts are there, one when the new dz is. dc stays in registers, and so does the cell
// of the step, which is the next one's c'. What the next step needs from global memory (gates, c,
// above) is asked for before the first barrier, a step ahead of its use.
//
// The floor of a step is the forward's (see there): for each row with H = 64 and 256 items 128
// cycles of multiply-adds, and 64 for the exchange. The chain is shorter: tanh(c') and the slopes do
// not depend on dh and are computed before the first barrier, so that only a sum of the parts and
// four products follow it. 200 to 300 cycles for one row.

#define COLUMNS (4 * UNITS)
#define QUADS ((UNITS + 3) / 4)
#define SLICES ((COLUMNS + DEPTH - 1) / DEPTH)
#define ITEMS (QUADS * SLICES)
#define PITCH (SLICES * DEPTH)
// Items share the cells of a step in turns.
#define TURNS ((ROWS * UNITS + ITEMS - 1) / ITEMS)

// What a step needs for a cell from global memory.
typedef struct {
  float4 gates;
  float c_old;
  float above;
#if KEEPS
  float C;
  float kept_h;
  float kept_c;
#endif
#if CLIPS
  float4 passed;
#endif
} saved_t;

// Where a launch finds it, counted from its first step. Numbers of step s are s pitches on.
typedef struct {
  // i, f, g, o, and what the gates saw before the clip; 0 where there is none.
  __global const float *gates;
  __global const float *arguments;
  // c before the first step, and C of it.
  __global const float *cell;
  __global const float *raw_cell;
  // dL/d(output); 0 where there is none.
  __global const float *outputs;
  __global const float *step_mask;
  // The distance between two steps of a state, and of outputs; less than 0 in reverse.
  long state_pitch;
  long step_pitch;
  // Between two rows of outputs.
  size_t row_pitch;
  // The number of the first step's first row among [T, B], and the distance to the next step's.
  size_t first_place;
  long place_pitch;
} places_t;

saved_t load_saved(
    const places_t *at, const layer_t *layer, const int step, const bool has_old, const int row,
    const int unit) {
  const long state = step * at->state_pitch + (long)row * UNITS + unit;
  saved_t saved;
  saved.gates = load_gates(
      at->gates + 4 * (step * at->state_pitch + (long)row * UNITS) + unit, UNITS);
  saved.c_old = has_old ? at->cell[state] : 0.0f;
  saved.above =
      at->outputs ? at->outputs[step * at->step_pitch + row * (long)at->row_pitch + unit] : 0.0f;
#if KEEPS
  saved.C = at->raw_cell[state];
  const long offset = step * at->place_pitch + row;
  const size_t element = (at->first_place + offset) * UNITS + unit;
  const bool is_missing = misses(layer, at->step_mask, offset);
  saved.kept_h = kept_hidden(layer, is_missing, element);
  saved.kept_c = kept_cell(layer, is_missing, element);
#endif
#if CLIPS
  saved.passed = (float4)(1.0f);
  if (at->arguments) {
    saved.passed = gates_passed(
        load_gates(
            at->arguments + 4 * (step * at->state_pitch + (long)row * UNITS) + unit, UNITS),
        layer->gate_clip);
  }
#endif
#if !KEEPS && !CLIPS
  (void)layer;
#endif
  return saved;
}

// Four neighboring columns of a row of R; zeros beyond its ends.
float4 load_row(__global const float *recurrent, const int row, const int quad) {
  float4 m = (float4)(0.0f);
  if (row < COLUMNS) {
    __global const float *r = recurrent + row * UNITS + 4 * quad;
#if R_IN_FOURS
    m = *(__global const float4 *)r;
#else
    m.s0 = r[0];
    m.s1 = 4 * quad + 1 < UNITS ? r[1] : 0.0f;
    m.s2 = 4 * quad + 2 < UNITS ? r[2] : 0.0f;
    m.s3 = 4 * quad + 3 < UNITS ? r[3] : 0.0f;
#endif
  }
  return m;
}

__kernel __attribute__((reqd_work_group_size(ITEMS, 1, 1))) void lstm_resident_backward(
    const int first, const int steps, const int direction, const int continues, const int rows,
    const int starts, __global const float *parameters, const layer_t layer,
    __global float *gates, __global const float *cell, __global const float *raw_cell,
    const int has_arguments, __global const float *arguments, __global const float *step_mask,
    const int has_outputs, __global const float *outputs, const ulong outputs_offset,
    const ulong outputs_pitch, const int takes_dh, const int takes_dc, const int needs_state,
    __global float *h_gradient, __global float *c_gradient) {
  __local float4 dz_fours[ROWS][PITCH / 4];
  __local float4 part_fours[SLICES][ROWS][QUADS];
  __local float *dz = (__local float *)dz_fours;
  __local float *parts = (__local float *)part_fours;

  const int item = (int)get_local_id(0);
  const int quad = item % QUADS;
  const int slice = item / QUADS;
  const int first_row = (int)get_group_id(0) * ROWS;
  const int used_rows = min(ROWS, rows - first_row);
  const int used_cells = used_rows * UNITS;
  const size_t state_size = (size_t)rows * UNITS;
  // Where the group's rows are in a slot.
  const size_t first_state = (size_t)first_row * UNITS;

  // From here on, steps and slots count from the first, in the order in which they were read.
  places_t at;
  at.state_pitch = direction * (long)state_size;
  at.place_pitch = direction * (long)rows;
  at.step_pitch = at.place_pitch * (long)outputs_pitch;
  at.row_pitch = outputs_pitch;
  at.first_place = (size_t)first * rows;
  gates += first * 4 * state_size;
  cell += ((size_t)first + (direction < 0 ? 1 : 0)) * state_size;
  at.gates = gates;
  at.cell = cell;
  at.raw_cell = raw_cell + first * state_size;
  at.arguments = has_arguments ? arguments + first * 4 * state_size : 0;
  at.outputs = has_outputs ? outputs + outputs_offset + at.first_place * outputs_pitch : 0;
  at.step_mask = step_mask + at.first_place;

  // The item's part of R; zeros beyond its ends.
  float4 m[HELD];
#pragma unroll
  for (int l = 0; l < HELD; l++) {
    m[l] = load_row(parameters + layer.recurrent_offset, slice * DEPTH + l, quad);
  }
#if REST > 0
  float4 rest[REST];
#pragma unroll 1
  for (int l = 0; l < REST; l++) {
    rest[l] = load_row(parameters + layer.recurrent_offset, slice * DEPTH + HELD + l, quad);
  }
#else
  const float4 *rest = m;
#endif

  // dz after the last step; what is unused stays zero.
  for (int e = item; e < ROWS * PITCH; e += ITEMS) {
    const int row = e / PITCH;
    const int column = e % PITCH;
    dz[e] = 0.0f;
    if (continues && row < used_rows && column < COLUMNS) {
      dz[e] = gates[4 * (steps * at.state_pitch + (long)first_state) + row * COLUMNS + column];
    }
  }

  // What the last step needs; then always what the next one does.
  float dc[TURNS];
#if KEEPS
  float dh_kept[TURNS];
#else
  float C[TURNS];
#endif
#if DROPS
  float factor[TURNS];
#endif
#if PEEPHOLES
  float4 p[TURNS];
#endif
  saved_t saved[TURNS];
  saved_t nothing;
  nothing.gates = (float4)(0.0f);
  nothing.c_old = nothing.above = 0.0f;
#if KEEPS
  nothing.C = nothing.kept_h = nothing.kept_c = 0.0f;
#endif
#if CLIPS
  nothing.passed = (float4)(0.0f);
#endif
#pragma unroll
  for (int turn = 0; turn < TURNS; turn++) {
    const int e = item + turn * ITEMS;
    const size_t state = first_state + e;
    dc[turn] = 0.0f;
    float dh = 0.0f;
    saved[turn] = nothing;
    if (e < used_cells) {
      saved[turn] = load_saved(
          &at, &layer, steps - 1, steps > 1 || !starts, first_row + e / UNITS, e % UNITS);
      if (continues || takes_dc) {
        dc[turn] = c_gradient[state];
      }
      if (takes_dh || (KEEPS && continues)) {
        dh = h_gradient[state];
      }
    }
#if KEEPS
    dh_kept[turn] = dh;
#else
    saved[turn].above += dh;
    C[turn] = e < used_cells ? cell[steps * at.state_pitch + (long)state] : 0.0f;
#endif
#if DROPS
    factor[turn] = recurrent_factor(&layer, state);
#endif
#if PEEPHOLES
    p[turn] = load_peepholes(parameters, &layer, UNITS, e % UNITS);
#endif
  }
  barrier(CLK_LOCAL_MEM_FENCE);

  // After the first step there is dL/dh before it, where it is needed.
  for (int step = steps - 1; step >= (needs_state ? -1 : 0); step--) {
    saved_t next[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
      const int e = item + turn * ITEMS;
      next[turn] = nothing;
      if (step > 0 && e < used_cells) {
        next[turn] = load_saved(
            &at, &layer, step - 1, step > 1 || !starts, first_row + e / UNITS, e % UNITS);
      }
    }

    slopes_t slopes[TURNS];
#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
#if KEEPS
      const float kept_h = saved[turn].kept_h;
      const float kept_c = saved[turn].kept_c;
      const float C_step = saved[turn].C;
#else
      const float kept_h = 0.0f;
      const float kept_c = 0.0f;
      const float C_step = C[turn];
#endif
#if CLIPS
      const float4 passed = saved[turn].passed;
#else
      const float4 passed = (float4)(1.0f);
#endif
#if PEEPHOLES
      const float4 p_cell = p[turn];
#else
      const float4 p_cell = (float4)(0.0f);
#endif
      slopes[turn] = lstm_slopes(
          saved[turn].gates, saved[turn].c_old, C_step, C_step, p_cell, passed, kept_h, kept_c, &layer);
    }

    float4 sums[ROWS];
    resident_multiply(m, rest, dz_fours[0] + slice * (DEPTH / 4), PITCH / 4, sums);
#pragma unroll
    for (int row = 0; row < ROWS; row++) {
      part_fours[slice][row][quad] = sums[row];
    }
    barrier(CLK_LOCAL_MEM_FENCE);

#pragma unroll
    for (int turn = 0; turn < TURNS; turn++) {
      const int e = item + turn * ITEMS;
      if (e < used_cells) {
        const int row = e / UNITS;
        const int unit = e % UNITS;
        // Two chains, half as long.
        float dh = 0.0f;
        float odd = 0.0f;
#pragma unroll
        for (int part = 0; part < SLICES; part += 2) {
          dh += parts[(part * ROWS + row) * 4 * QUADS + unit];
          if (part + 1 < SLICES) {
            odd += parts[((part + 1) * ROWS + row) * 4 * QUADS + unit];
          }
        }
        dh += odd;
#if DROPS
        dh *= factor[turn];
#endif
        dh += saved[turn].above;
#if KEEPS
        dh += dh_kept[turn];
        dh_kept[turn] = saved[turn].kept_h * dh;
#endif
        if (step < 0) {
          h_gradient[first_state + e] = dh;
        } else {
          const float4 result = lstm_cell_backward(&slopes[turn], dh, &dc[turn]);
          __local float *place = dz + row * PITCH + unit;
          place[0] = result.s0;
          place[UNITS] = result.s1;
          place[2 * UNITS] = result.s2;
          place[3 * UNITS] = result.s3;
          store_gates(
              gates + 4 * (step * at.state_pitch + (long)(first_state + row * UNITS)) + unit,
              UNITS, result);
        }
      }
#if !KEEPS
      C[turn] = saved[turn].c_old;
#endif
      saved[turn] = next[turn];
    }
    barrier(CLK_LOCAL_MEM_FENCE);
  }

#pragma unroll
  for (int turn = 0; turn < TURNS; turn++) {
    const int e = item + turn * ITEMS;
    if (e < used_cells) {
      c_gradient[first_state + e] = dc[turn];
#if KEEPS
      // What a launch for the steps before these goes on with.
      if (!needs_state) {
        h_gradient[first_state + e] = dh_kept[turn];
      }
#endif
    }
  }
}
