// What the inner loops are compiled for.

#ifndef INSTRUCTION_SET_H
#define INSTRUCTION_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A set of vector instructions that the inner loops are compiled for.
typedef enum __attribute__((enum_extensibility(closed))) InstructionSet : int {
  /// What every processor of the architecture has: SSE2 or NEON, 4 lanes.
  InstructionSetBaseline,
  /// AVX2 with FMA, 8 lanes.
  InstructionSetAVX2,
  /// AVX-512 F, VL, BW and DQ, 16 lanes.
  InstructionSetAVX512,
} InstructionSet;

/// Whether this processor has the instructions.
bool instruction_set_is_supported(InstructionSet set)
    __attribute__((swift_name("getter:InstructionSet.isSupported(self:)")));

/// V, the number of hidden units in a panel.
int instruction_set_lane_count(InstructionSet set)
    __attribute__((swift_name("getter:InstructionSet.laneCount(self:)")));

#endif
