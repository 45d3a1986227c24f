// What a time step on tensor cores is made of, forward and backward: the sum over k of the rows of A,
// which all warps of a work-group read, times R, of which each warp has columns of its own. It is put
// before lstm_tensor_step_forward.cl and lstm_tensor_step_backward.cl, after tensor_fragments.cl.
//
// A work-group has UNIT_WARPS x DEPTH_WARPS warps. Those of the first kind lie side by side along the
// units; those of the second share the sum over k, because few rows give few work-groups. A block is 16
// words along k, of which lane thread t of group g (tensor_fragments.cl) has the words 4 t to 4 t + 3:
// the first two for one product of fragments, the others for the next. The sum is the same in whichever
// order its terms are, as long as both operands have the same one; so a lane reads four words at once.
//
// A goes through local memory, rounded when it has arrived, in two buffers: while one is multiplied,
// the next tile is on its way to registers, and one barrier for each tile is enough. R goes straight
// into the registers of the one warp that needs it. Outside of the matrices there are zeros along k, and
// along rows and units the last of them once more: what comes of it is not stored.

// Fragments of 16 rows that a tile has.
#ifndef ROW_FRAGMENTS
#define ROW_FRAGMENTS 1
#endif
// Fragments of 8 columns that a warp has.
#ifndef COLUMN_FRAGMENTS
#define COLUMN_FRAGMENTS 4
#endif
#ifndef UNIT_WARPS
#define UNIT_WARPS 1
#endif
#ifndef DEPTH_WARPS
#define DEPTH_WARPS 4
#endif
// The blocks that a warp multiplies between two barriers.
#ifndef BLOCKS
#define BLOCKS 1
#endif
// Whether the rows of A and of R begin at whole vectors of 16 bytes.
#ifndef ALIGNED
#define ALIGNED 0
#endif
// Whether R lies in memory as STORAGE says, and not in float32.
#ifndef R_STORED
#define R_STORED (STORAGE != 0)
#endif

#if R_STORED && STORAGE == 0
#error "R can be stored in 16 bits only"
#endif
#if R_STORED
#define R_NUMBER ushort
#else
#define R_NUMBER float
#endif

#define WARPS (UNIT_WARPS * DEPTH_WARPS)
#define ITEMS (32 * WARPS)
#define TILE_ROWS (16 * ROW_FRAGMENTS)
// Numbers along k: of a lane's four words, of a block, and of all blocks between two barriers.
#define LANE_DEPTH (4 * NUMBERS)
#define BLOCK_DEPTH (4 * LANE_DEPTH)
#define TILE_BLOCKS (DEPTH_WARPS * BLOCKS)
#define TILE_DEPTH (TILE_BLOCKS * BLOCK_DEPTH)
// A tile of A is [block][half][pair][4] vectors of four words. A pair is two rows of a fragment that are
// 8 apart, of which a lane needs the same words; a vector is what it needs of both for one product of
// fragments. Four vectors more than are used keep two blocks from lying in the same banks.
#define PAIRS (8 * ROW_FRAGMENTS)
#define PAIR_ROW(pair) (16 * ((pair) / 8) + (pair) % 8)
#define HALF_VECTORS (4 * PAIRS)
#define BLOCK_VECTORS (2 * HALF_VECTORS + 4)
#define TILE_VECTORS (TILE_BLOCKS * BLOCK_VECTORS)
// What an item loads of a tile of A, in turns: a lane's words of both rows of a pair.
#define ROW_VECTORS (4 * TILE_BLOCKS)
#define TURNS (PAIRS * ROW_VECTORS / ITEMS)
#define TURN_NUMBERS (2 * LANE_DEPTH)
// How many cells an item asks for at once, each of which waits for memory.
#if PTX
#define CELLS_UNROLLED _Pragma("unroll 4")
#else
#define CELLS_UNROLLED
#endif
// Rows of fragments whose sums are put together at a time, in the memory of the tiles, and how many
// numbers those of a warp are.
#define PIECE_FRAGMENTS (ROW_FRAGMENTS * WARPS > 16 ? 16 / WARPS : ROW_FRAGMENTS)
#define PIECE_ROWS (16 * PIECE_FRAGMENTS)
#define PIECE_VECTORS (WARPS * PIECE_FRAGMENTS * COLUMN_FRAGMENTS * 32)
#define LOCAL_VECTORS (2 * TILE_VECTORS > PIECE_VECTORS ? 2 * TILE_VECTORS : PIECE_VECTORS)

#if ROW_FRAGMENTS % PIECE_FRAGMENTS != 0
#error "the sums cannot be put together in whole pieces"
#endif
#if PAIRS * ROW_VECTORS % ITEMS != 0
#error "the tile of A cannot be shared among the items"
#endif

// An item's share of a tile of A, which begins at `a`; so many rows and numbers of each are left from
// there on.
void load_rows(
    float *values, const int item, __global const float *a, const int pitch, const int rows,
    const int depths) {
  UNROLLED
  for (int turn = 0; turn < TURNS; turn++) {
    const int pair = (item + turn * ITEMS) / ROW_VECTORS;
    const int l = (item + turn * ITEMS) % ROW_VECTORS * LANE_DEPTH;
    UNROLLED
    for (int lower = 0; lower < 2; lower++) {
      const int row = min(PAIR_ROW(pair) + 8 * lower, rows - 1);
      __global const float *place = a + (size_t)row * pitch + l;
      float *own = values + turn * TURN_NUMBERS + lower * LANE_DEPTH;
#if ALIGNED
      UNROLLED
      for (int vector = 0; vector < NUMBERS; vector++) {
        const float4 four = l + 4 * vector < depths ? ((__global const float4 *)place)[vector]
                                                    : (float4)(0.0f);
        own[4 * vector] = four.s0;
        own[4 * vector + 1] = four.s1;
        own[4 * vector + 2] = four.s2;
        own[4 * vector + 3] = four.s3;
      }
#else
      UNROLLED
      for (int number = 0; number < LANE_DEPTH; number++) {
        own[number] = l + number < depths ? place[number] : 0.0f;
      }
#endif
    }
  }
}

// Puts an item's share of a tile into local memory, rounded.
void store_rows(__local uint4 *tile, const float *values, const int item) {
  UNROLLED
  for (int turn = 0; turn < TURNS; turn++) {
    const int pair = (item + turn * ITEMS) / ROW_VECTORS;
    const int vector = (item + turn * ITEMS) % ROW_VECTORS;
    const float *upper = values + turn * TURN_NUMBERS;
    const float *lower = upper + LANE_DEPTH;
    __local uint4 *place = tile + vector / 4 * BLOCK_VECTORS + 4 * pair + vector % 4;
    UNROLLED
    for (int half_block = 0; half_block < 2; half_block++) {
      const int number = 2 * half_block * NUMBERS;
      place[half_block * HALF_VECTORS] = (uint4)(
          operand_word(upper + number), operand_word(lower + number),
          operand_word(upper + number + NUMBERS), operand_word(lower + number + NUMBERS));
    }
  }
}

// Adds the product of a block.
//
//   sums       of the lane
//   block      [half][pair][4], in local memory
//   b          the lane's four words of each column fragment
//   a_numbers, b_numbers
//              for the emulation, see multiply_fragments
void multiply_block(
    float (*sums)[COLUMN_FRAGMENTS][4], __local const uint4 *block, uint (*b)[4], const int lane
#if !PTX
    ,
    __local float *a_numbers, __local float *b_numbers
#endif
) {
  UNROLLED
  for (int i = 0; i < ROW_FRAGMENTS; i++) {
    UNROLLED
    for (int half_block = 0; half_block < 2; half_block++) {
      // Pair 8 i + lane / 4, vector lane % 4.
      const uint4 four = block[half_block * HALF_VECTORS + 32 * i + lane];
      const uint a_fragment[4] = {four.s0, four.s1, four.s2, four.s3};
      UNROLLED
      for (int j = 0; j < COLUMN_FRAGMENTS; j++) {
#if PTX
        multiply_fragments(sums[i][j], a_fragment, b[j] + 2 * half_block);
#else
        multiply_fragments(sums[i][j], a_fragment, b[j] + 2 * half_block, a_numbers, b_numbers);
#endif
      }
    }
  }
}
