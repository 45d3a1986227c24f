// The inner loops of a cell with options, whose matrices have no padding: see `CellStep` and
// `CellGradients` of the caller for the equations.

#ifndef CELL_LOOPS_H
#define CELL_LOOPS_H

#include "InstructionSet.h"
#include "MatrixLoops.h"

/// z, how much of the state before the step stays: a random 1 or 0, or everywhere the share.
typedef struct Zoneout {
  bool is_random;
  float share;
  /// Of the first row, where random.
  RandomElements elements;
  /// [rows, H] at `cell_stride`: where `lstm_forward_step` and `lstm_backward_step` put the random
  /// numbers of a step; NULL for the other loops, which have room of their own.
  float *values;
} Zoneout;

/// What normalized gates have; all are [rows, .] but the gains.
typedef struct CellNorms {
  /// [4H], [4H], [H], [H].
  const float *input_gain;
  const float *recurrent_gain;
  const float *cell_gain;
  const float *cell_shift;
  /// [4H], or NULL.
  const float *bias;
  const float *second_bias;
  /// [rows, 4H]; forward makes normalized ones of them.
  float *input;
  float *recurrent;
  /// [rows, H], normalized.
  float *cell;
  /// [rows, 3].
  float *scales;
  /// [rows, 4H], [rows, 4H], [rows, H]; written by backward.
  float *input_gradient;
  float *recurrent_gradient;
  float *cell_gradient;
} CellNorms;

/// One step of one direction of a layer for some rows of the batch. Pointers point at the first of
/// these rows; those that an option does not need are NULL.
typedef struct CellPass {
  size_t rows;
  /// H, and R: the width of h.
  size_t units;
  size_t width;
  /// The floats from row to row of what is [rows, H] and of what is [rows, R], if nothing else is
  /// said.
  size_t cell_stride;
  size_t hidden_stride;
  /// The floats from gate to gate, and from row to row of what is [rows, 4, H].
  size_t gate_stride;
  size_t gates_stride;
  /// 0 for none.
  float gate_clip;
  float cell_clip;
  float projection_clip;
  bool couples_gates;
  bool keeps_trace;
  /// [3, H] at `peephole_stride`, of i, f and o.
  const float *peephole;
  size_t peephole_stride;
  /// [rows], 0 where the step is missing.
  const float *step_mask;
  Zoneout hidden_zoneout;
  Zoneout cell_zoneout;
  /// NULL for none.
  const CellNorms *norms;
  /// [rows, R] and [rows, H].
  const float *hidden_before;
  const float *cell_before;
  float *hidden_after;
  float *cell_after;
  /// [rows, 4, H]: the arguments, then the gates, then the gradient of the arguments. With
  /// normalized gates without gaps.
  float *gates;
  /// [rows, 4, H], where gates are cut: the arguments before that.
  float *arguments;
  /// [rows, H], the cell before zoneout. Without it the backward pass computes it again from the gates.
  float *candidate;
  /// [rows, H] without gaps.
  float *emitted;
  /// [rows, R]
  float *projected;
  /// [rows, R] at `output_stride`, the loss by the outputs.
  const float *output_gradient;
  size_t output_stride;
  /// [rows, R], [rows, H] and, with a projection, [rows, H].
  float *hidden_gradient;
  float *cell_gradient;
  const float *emitted_gradient;
} CellPass;

void cell_forward(InstructionSet set, const CellPass *pass)
    __attribute__((swift_name("InstructionSet.cellForward(self:_:)")));
void cell_backward(InstructionSet set, const CellPass *pass)
    __attribute__((swift_name("InstructionSet.cellBackward(self:_:)")));
void projection_forward(InstructionSet set, const CellPass *pass)
    __attribute__((swift_name("InstructionSet.projectionForward(self:_:)")));
void projection_backward(InstructionSet set, const CellPass *pass)
    __attribute__((swift_name("InstructionSet.projectionBackward(self:_:)")));

#endif
