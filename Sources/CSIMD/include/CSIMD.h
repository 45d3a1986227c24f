// The inner loops of the CPU backend. No policy and no threads here: each function works on the rows
// or tasks that it is given, on the thread that calls it.
//
// V is the number of lanes of the instruction set (`lane_count`). Hidden units come in panels of V:
// P = ceil(H / V), Hp = P * V. Padding lanes hold zeros throughout.
//
// The last panel may have few units. Where "[4, V]" stands for a panel below, its gates lie closer: of
// u units, rounded up to a multiple of V / 4, the four gates fill 4u / V vectors of the four, and its
// rows follow each other at 4u floats. So 17 units do not cost what 32 do.
//
//   hidden, cell       [T+1, B, Hp]
//   gates              [P, N, 4, V] with N = T * B rows: the activated gates i, f, g, o, which the
//                      backward pass replaces by the gradients of the gates' arguments
//   forward weights    [P, I + H, 4, V]: the columns of W and then of R, per panel
//   backward weights   [ceil(J / 4V), 4 Hp, 4V]: J columns of R (or W), rows in the order of gates

#ifndef CSIMD_H
#define CSIMD_H

#include "CellLoops.h"
#include "InstructionSet.h"
#include "MatrixLoops.h"

/// How many vectors the gates of a panel fill.
size_t panel_vector_count(InstructionSet set, size_t hidden_size, size_t panel)
    __attribute__((swift_name("InstructionSet.vectorCount(self:hiddenSize:panel:)")));

/// One time step of one layer for some rows of the batch. Pointers point at the first of these rows.
typedef struct LSTMForwardStep {
  size_t rows;
  size_t panels;
  /// The panels computed, of P.
  size_t first_panel;
  size_t last_panel;
  size_t input_size;
  size_t hidden_size;
  /// [rows, I] at `input_stride`, the layer's input at this step; not read where there are `sums`.
  const float *input;
  size_t input_stride;
  /// What `lstm_input_sums` left, [P, any, 4, V], of which the rows from `sums_row` on, with
  /// `sums_panel_stride` floats from panel to panel; NULL to compute it here. May lie in `gates`.
  const float *sums;
  size_t sums_panel_stride;
  size_t sums_row;
  /// [rows, Hp], the state before; h as R sees it.
  const float *hidden_before;
  const float *cell_before;
  /// [P, I + H, 4, V]
  const float *weights;
  /// [P, 4, V], the sum of the biases.
  const float *bias;
  /// [rows, Hp], the state after. May not overlap the state before.
  float *hidden;
  float *cell;
  /// [P, N, 4, V], of which the rows from `gates_row` on, with `gates_panel_stride` floats from panel
  /// to panel; NULL to keep no gates, unless there are options.
  float *gates;
  size_t gates_panel_stride;
  size_t gates_row;
  /// A cell with options, of all panels, whose `gates` and `arguments` start with the first row of
  /// all; its states are taken instead of those above. NULL for one without.
  const CellPass *options;
} LSTMForwardStep;

void lstm_forward_step(InstructionSet set, const LSTMForwardStep *step)
    __attribute__((swift_name("InstructionSet.forwardStep(self:_:)")));

/// Bias and W x for some rows of any steps, where the gates' arguments begin.
typedef struct LSTMInputSums {
  size_t rows;
  /// The panel computed, of P.
  size_t panel;
  size_t input_size;
  size_t hidden_size;
  /// [rows, I] at `input_stride`.
  const float *input;
  size_t input_stride;
  /// [P, I + H, 4, V], of which the columns of W are read.
  const float *weights;
  /// [P, 4, V], the sum of the biases.
  const float *bias;
  /// [P, any, 4, V], of which the rows from `sums_row` on are written.
  float *sums;
  size_t sums_panel_stride;
  size_t sums_row;
} LSTMInputSums;

void lstm_input_sums(InstructionSet set, const LSTMInputSums *pass)
    __attribute__((swift_name("InstructionSet.inputSums(self:_:)")));

/// The derivatives of one time step's gates for some rows of the batch.
typedef struct LSTMBackwardStep {
  size_t rows;
  size_t panels;
  /// The panels computed, of P.
  size_t first_panel;
  size_t last_panel;
  size_t hidden_size;
  /// [P, N, 4, V], of which the rows from `gates_row` on: in, the activated gates; out, the gradients
  /// of their arguments.
  float *gates;
  size_t gates_panel_stride;
  size_t gates_row;
  /// [rows, Hp], the cell before and after the step.
  const float *cell_before;
  const float *cell;
  /// [rows, H] at `output_stride`, the gradient of this step's output from its reader; NULL for zero.
  const float *output_gradient;
  size_t output_stride;
  /// [rows, Hp], the gradient of this step's output from the step after.
  const float *hidden_gradient;
  /// [rows, Hp], the gradient of the cell: in, after the step; out, before it.
  float *cell_gradient;
  /// As in `LSTMForwardStep`. What flows past the step then replaces its `hidden_gradient`.
  const CellPass *options;
} LSTMBackwardStep;

void lstm_backward_step(InstructionSet set, const LSTMBackwardStep *step)
    __attribute__((swift_name("InstructionSet.backwardStep(self:_:)")));

/// result [rows, columns] = gates [rows, 4 Hp] * backward weights [4 Hp, columns] (+ result).
typedef struct GateProduct {
  size_t rows;
  /// J
  size_t columns;
  size_t panels;
  /// The vectors of columns computed, of ceil(J / V): `result` is written up to a multiple of V,
  /// zeros beyond J.
  size_t first_vector;
  size_t last_vector;
  size_t hidden_size;
  /// [P, N, 4, V], of which the rows from `gates_row` on.
  const float *gates;
  size_t gates_panel_stride;
  size_t gates_row;
  /// [ceil(J / 4V), 4 Hp, 4V]. Where the last vector of columns has few, J mod V <= V / 8, these lie
  /// transposed within it: its place in row V m + c has column c of the rows from V m on.
  const float *weights;
  float *result;
  size_t result_stride;
  bool accumulates;
} GateProduct;

void gate_product(InstructionSet set, const GateProduct *product)
    __attribute__((swift_name("InstructionSet.gateProduct(self:_:)")));

/// The gradients of some columns of `[W R]` for one panel of gates, overwriting:
/// result [I + H, 4, V] = [input hidden] [rows, I + H] transposed * gates [rows, 4, V], summed over
/// the rows in their order.
typedef struct WeightGradient {
  size_t rows;
  size_t input_size;
  /// The columns computed, of I + H.
  size_t first_column;
  size_t last_column;
  /// [rows, I] at `input_stride`
  const float *input;
  size_t input_stride;
  /// [rows, H] at `hidden_stride`, the state before each step.
  const float *hidden;
  size_t hidden_stride;
  /// [rows, 4, V], of which the panel has `vectors` instead of 4.
  const float *gates;
  size_t vectors;
  float *result;
  /// [4, V], the sum of the gates over the rows; NULL to leave it.
  float *bias;
} WeightGradient;

void weight_gradient(InstructionSet set, const WeightGradient *gradient)
    __attribute__((swift_name("InstructionSet.weightGradient(self:_:)")));

/// The gradients of the peepholes of one panel: the sums over the rows of those of the arguments of i,
/// f and o times the cell that they see, times `factor`.
typedef struct PeepholeGradient {
  size_t rows;
  size_t panel;
  size_t hidden_size;
  /// [rows, 4, V] of the panel.
  const float *gates;
  /// [rows, H] at `stride`: the cell before each step, and the one after it before zoneout.
  const float *cell_before;
  const float *cell_after;
  size_t stride;
  float factor;
  /// [3, H]
  float *result;
} PeepholeGradient;

void peephole_gradient(InstructionSet set, const PeepholeGradient *gradient)
    __attribute__((swift_name("InstructionSet.peepholeGradient(self:_:)")));

/// How the weight [4H, columns] of PyTorch's layout goes into packed weights and back, for the
/// units `first_unit ..< last_unit` of each gate.
typedef struct WeightPacking {
  size_t hidden_size;
  size_t columns;
  size_t first_unit;
  size_t last_unit;
  /// Where the columns start among the I + H rows of a panel of forward weights.
  size_t first_row;
  size_t total_rows;
} WeightPacking;

/// Into forward weights.
void pack_forward(InstructionSet set, const WeightPacking *packing, const float *weight,
                  float *packed)
    __attribute__((swift_name("InstructionSet.packForward(self:_:_:into:)")));

/// The inverse of `pack_forward`, for gradients, times `factor`.
void unpack_forward(InstructionSet set, const WeightPacking *packing, const float *packed,
                    float factor, float *weight)
    __attribute__((swift_name("InstructionSet.unpackForward(self:_:_:factor:into:)")));

/// Into backward weights; rows do not count.
void pack_backward(InstructionSet set, const WeightPacking *packing, const float *weight,
                   float *packed)
    __attribute__((swift_name("InstructionSet.packBackward(self:_:_:into:)")));

/// The sum of the squares, in double precision and in a fixed order.
double sum_of_squares(InstructionSet set, const float *values, size_t count)
    __attribute__((swift_name("InstructionSet.sumOfSquares(self:_:count:)")));

/// sum = sum + weight * gradient, or without `keeps` sum = weight * gradient.
void accumulate_gradient(InstructionSet set, const float *gradient, float weight, size_t count,
                         bool keeps, float *sum)
    __attribute__((swift_name("InstructionSet.accumulate(self:_:weight:count:keeps:into:)")));

/// What every optimizer's step over a flat buffer needs. The gradient g that it takes is
/// `gradient_scale * gradient` and, where `adjusts`, that cut to +-`limit` plus `penalty * p`.
typedef struct OptimizerPass {
  size_t count;
  /// p
  float *parameters;
  const float *gradient;
  /// The momentum, or Adam's mean of the gradient.
  float *first;
  /// The mean of the squared gradient; not used by `descent_step`.
  float *second;
  float gradient_scale;
  bool adjusts;
  float limit;
  float penalty;
  /// Where `adjusts`, this part of p is taken from p beside Adam's step.
  float shrinkage;
} OptimizerPass;

/// One step of gradient descent: v = momentum v + g, p = p - rate v or, with Nesterov's momentum,
/// p = p - rate (g + momentum v).
typedef struct DescentPass {
  OptimizerPass common;
  bool nesterov;
  float momentum;
  float rate;
} DescentPass;

void descent_step(InstructionSet set, const DescentPass *step)
    __attribute__((swift_name("InstructionSet.descentStep(self:_:)")));

/// One step of RMSprop: s = alpha s + (1 - alpha) g^2, v = momentum v + g / (sqrt(s) + epsilon),
/// p = p - rate v. Without momentum v is neither read nor written.
typedef struct RMSPropPass {
  OptimizerPass common;
  float alpha, one_minus_alpha;
  float epsilon;
  float momentum;
  float rate;
} RMSPropPass;

void rmsprop_step(InstructionSet set, const RMSPropPass *step)
    __attribute__((swift_name("InstructionSet.rmspropStep(self:_:)")));

/// One step of Adam; the corrections are 1 - beta^step.
typedef struct AdamPass {
  OptimizerPass common;
  float beta1, one_minus_beta1;
  float beta2, one_minus_beta2;
  /// rate / (1 - beta1^step)
  float rate;
  /// 1 / sqrt(1 - beta2^step)
  float root_scale;
  float epsilon;
} AdamPass;

void adam_step(InstructionSet set, const AdamPass *step)
    __attribute__((swift_name("InstructionSet.adamStep(self:_:)")));

/// result = sigmoid(x) and tanh(x), elementwise, as the steps compute them.
void sigmoid_values(InstructionSet set, const float *x, size_t count, float *result)
    __attribute__((swift_name("InstructionSet.sigmoid(self:_:count:into:)")));
void tanh_values(InstructionSet set, const float *x, size_t count, float *result)
    __attribute__((swift_name("InstructionSet.tanh(self:_:count:into:)")));

/// `count` times 12 independent multiply-adds of vectors, in registers; the result means nothing.
float multiply_add_chains(InstructionSet set, size_t count)
    __attribute__((swift_name("InstructionSet.multiplyAddChains(self:_:)")));

#endif
