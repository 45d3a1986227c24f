// The inner loops of single operations on matrices [rows, columns], row-major with any distance
// between the rows. See CSIMD.h for V, the lanes of a set.

#ifndef MATRIX_LOOPS_H
#define MATRIX_LOOPS_H

#include "InstructionSet.h"

/// The right side [depth, columns] of a product into packed weights: blocks of 4V columns, each
/// [depth, 4V]; the last one is only as wide as its columns, rounded up to V with zeros.
typedef struct MatrixPacking {
  size_t depth;
  size_t columns;
  /// Element (row, column) is at `row * row_stride + column * column_stride`; one of them is 1.
  const float *matrix;
  size_t row_stride;
  size_t column_stride;
  /// The blocks packed.
  size_t first_block;
  size_t last_block;
  float *packed;
} MatrixPacking;

void pack_matrix(InstructionSet set, const MatrixPacking *packing)
    __attribute__((swift_name("InstructionSet.pack(self:_:)")));

/// result [rows, columns] = left [rows, depth] * packed weights + biases (+ result).
///
/// Each element is a sum in the order of the depth, whatever the number of rows and columns.
typedef struct PackedProduct {
  size_t rows;
  size_t columns;
  size_t depth;
  const float *left;
  size_t left_stride;
  const float *weights;
  float *result;
  size_t result_stride;
  /// [columns], or NULL.
  const float *bias;
  const float *second_bias;
  /// Whether the result is added to.
  bool accumulates;
} PackedProduct;

void packed_product(InstructionSet set, const PackedProduct *product)
    __attribute__((swift_name("InstructionSet.product(self:_:)")));

/// result = factor * left [rows, left columns] transposed * right [rows, right columns], for all
/// or some columns of either side.
///
/// Each element is a sum in the order of the rows, whatever columns are computed together.
typedef struct OuterProduct {
  size_t rows;
  const float *left;
  size_t left_stride;
  size_t left_columns;
  /// Vectors lie along its columns.
  const float *right;
  size_t right_stride;
  size_t right_columns;
  float factor;
  /// [left columns, right columns] at `result_stride`.
  float *result;
  size_t result_stride;
  /// `outer_product_scratch` floats that no other thread uses.
  float *scratch;
} OuterProduct;

size_t outer_product_scratch(InstructionSet set)
    __attribute__((swift_name("getter:InstructionSet.outerProductScratch(self:)")));
void outer_product(InstructionSet set, const OuterProduct *product)
    __attribute__((swift_name("InstructionSet.outerProduct(self:_:)")));

/// The sums of values, or of values times factors, over the rows, in double precision and in the
/// order of the rows; then times `factor`.
typedef struct ColumnSums {
  size_t rows;
  size_t columns;
  const float *values;
  size_t value_stride;
  /// NULL for none.
  const float *factors;
  size_t factor_stride;
  float factor;
  float *result;
} ColumnSums;

void column_sums(InstructionSet set, const ColumnSums *sums)
    __attribute__((swift_name("InstructionSet.columnSums(self:_:)")));

/// Elements of a random mask, from `first` on: element e is number e % 4 of the Philox4x32-10 block
/// with the counter (low and high half of e / 4, batch number, stream), and is hit where that
/// number, as a fraction of one, is below the share.
typedef struct RandomElements {
  uint64_t first;
  float share;
  uint32_t key_low;
  uint32_t key_high;
  uint32_t batch_number;
  uint32_t stream;
} RandomElements;

/// 1 where an element is hit and 0 elsewhere.
void random_hits(InstructionSet set, const RandomElements *elements, size_t count, float *hits)
    __attribute__((swift_name("InstructionSet.randomHits(self:_:count:into:)")));

/// target = source, but 0 where the mask is hit and times `scale` elsewhere (+ target).
typedef struct DropoutPass {
  size_t count;
  RandomElements elements;
  float scale;
  const float *source;
  /// May be the source.
  float *target;
  bool accumulates;
} DropoutPass;

void dropout(InstructionSet set, const DropoutPass *pass)
    __attribute__((swift_name("InstructionSet.dropout(self:_:)")));

/// result = left * right (+ result), element by element; all are [rows, columns] at `stride`.
typedef struct RowProduct {
  size_t rows;
  size_t columns;
  size_t stride;
  const float *left;
  const float *right;
  /// May be the left or the right side.
  float *result;
  bool accumulates;
} RowProduct;

void multiply_rows(InstructionSet set, const RowProduct *product)
    __attribute__((swift_name("InstructionSet.multiplyRows(self:_:)")));

/// target = scale * source (+ target), row by row.
typedef struct MergePass {
  size_t rows;
  size_t columns;
  const float *source;
  size_t source_stride;
  /// [rows]; NULL for 1.
  const float *scales;
  float *target;
  size_t target_stride;
  bool accumulates;
} MergePass;

void merge_rows(InstructionSet set, const MergePass *pass)
    __attribute__((swift_name("InstructionSet.merge(self:_:)")));

#endif
