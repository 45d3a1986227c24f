#include "CKernels.h"

// C23's #embed keeps Kernels/ the only copy of the text: the compiler reads the files, and reads them
// again when one has changed.
static const char common[] = {
#embed "../../Kernels/common.cl" suffix(, 0)
};
static const char gather_windows[] = {
#embed "../../Kernels/gather_windows.cl" suffix(, 0)
};
static const char matrix_product[] = {
#embed "../../Kernels/matrix_product.cl" suffix(, 0)
};
static const char sum_slices[] = {
#embed "../../Kernels/sum_slices.cl" suffix(, 0)
};
static const char lstm_cell[] = {
#embed "../../Kernels/lstm_cell.cl" suffix(, 0)
};
static const char lstm_resident[] = {
#embed "../../Kernels/lstm_resident.cl" suffix(, 0)
};
static const char lstm_cooperative[] = {
#embed "../../Kernels/lstm_cooperative.cl" suffix(, 0)
};
static const char lstm_step_forward[] = {
#embed "../../Kernels/lstm_step_forward.cl" suffix(, 0)
};
static const char lstm_step_backward[] = {
#embed "../../Kernels/lstm_step_backward.cl" suffix(, 0)
};
static const char lstm_resident_forward[] = {
#embed "../../Kernels/lstm_resident_forward.cl" suffix(, 0)
};
static const char lstm_resident_backward[] = {
#embed "../../Kernels/lstm_resident_backward.cl" suffix(, 0)
};
static const char loss[] = {
#embed "../../Kernels/loss.cl" suffix(, 0)
};
static const char gradient_norm[] = {
#embed "../../Kernels/gradient_norm.cl" suffix(, 0)
};
static const char sgd_step[] = {
#embed "../../Kernels/sgd_step.cl" suffix(, 0)
};
static const char adam_step[] = {
#embed "../../Kernels/adam_step.cl" suffix(, 0)
};
static const char rmsprop_step[] = {
#embed "../../Kernels/rmsprop_step.cl" suffix(, 0)
};
static const char gradient_sum[] = {
#embed "../../Kernels/gradient_sum.cl" suffix(, 0)
};
static const char merge[] = {
#embed "../../Kernels/merge.cl" suffix(, 0)
};
static const char dropout[] = {
#embed "../../Kernels/dropout.cl" suffix(, 0)
};
static const char sum_columns[] = {
#embed "../../Kernels/sum_columns.cl" suffix(, 0)
};
static const char cell_forward[] = {
#embed "../../Kernels/cell_forward.cl" suffix(, 0)
};
static const char cell_backward[] = {
#embed "../../Kernels/cell_backward.cl" suffix(, 0)
};
static const char projection_forward[] = {
#embed "../../Kernels/projection_forward.cl" suffix(, 0)
};
static const char projection_backward[] = {
#embed "../../Kernels/projection_backward.cl" suffix(, 0)
};
static const char tensor_product[] = {
#embed "../../Kernels/tensor_product.cl" suffix(, 0)
};
static const char narrow[] = {
#embed "../../Kernels/narrow.cl" suffix(, 0)
};
static const char grid_barrier[] = {
#embed "../../Kernels/grid_barrier.cl" suffix(, 0)
};
static const char grid_barrier_probe[] = {
#embed "../../Kernels/grid_barrier_probe.cl" suffix(, 0)
};
static const char lstm_cooperative_forward[] = {
#embed "../../Kernels/lstm_cooperative_forward.cl" suffix(, 0)
};
static const char lstm_cooperative_backward[] = {
#embed "../../Kernels/lstm_cooperative_backward.cl" suffix(, 0)
};
static const char tensor_fragments[] = {
#embed "../../Kernels/tensor_fragments.cl" suffix(, 0)
};
static const char tensor_step[] = {
#embed "../../Kernels/tensor_step.cl" suffix(, 0)
};
static const char lstm_tensor_step_forward[] = {
#embed "../../Kernels/lstm_tensor_step_forward.cl" suffix(, 0)
};
static const char lstm_tensor_step_backward[] = {
#embed "../../Kernels/lstm_tensor_step_backward.cl" suffix(, 0)
};

const char *kernel_file_text(KernelFile file) {
  switch (file) {
  case KernelFileCommon:
    return common;
  case KernelFileGatherWindows:
    return gather_windows;
  case KernelFileMatrixProduct:
    return matrix_product;
  case KernelFileSumSlices:
    return sum_slices;
  case KernelFileLstmCell:
    return lstm_cell;
  case KernelFileLstmResident:
    return lstm_resident;
  case KernelFileLstmCooperative:
    return lstm_cooperative;
  case KernelFileLstmStepForward:
    return lstm_step_forward;
  case KernelFileLstmStepBackward:
    return lstm_step_backward;
  case KernelFileLstmResidentForward:
    return lstm_resident_forward;
  case KernelFileLstmResidentBackward:
    return lstm_resident_backward;
  case KernelFileLoss:
    return loss;
  case KernelFileGradientNorm:
    return gradient_norm;
  case KernelFileSgdStep:
    return sgd_step;
  case KernelFileAdamStep:
    return adam_step;
  case KernelFileRmspropStep:
    return rmsprop_step;
  case KernelFileGradientSum:
    return gradient_sum;
  case KernelFileMerge:
    return merge;
  case KernelFileDropout:
    return dropout;
  case KernelFileSumColumns:
    return sum_columns;
  case KernelFileCellForward:
    return cell_forward;
  case KernelFileCellBackward:
    return cell_backward;
  case KernelFileProjectionForward:
    return projection_forward;
  case KernelFileProjectionBackward:
    return projection_backward;
  case KernelFileTensorProduct:
    return tensor_product;
  case KernelFileNarrow:
    return narrow;
  case KernelFileGridBarrier:
    return grid_barrier;
  case KernelFileGridBarrierProbe:
    return grid_barrier_probe;
  case KernelFileLstmCooperativeForward:
    return lstm_cooperative_forward;
  case KernelFileLstmCooperativeBackward:
    return lstm_cooperative_backward;
  case KernelFileTensorFragments:
    return tensor_fragments;
  case KernelFileTensorStep:
    return tensor_step;
  case KernelFileLstmTensorStepForward:
    return lstm_tensor_step_forward;
  case KernelFileLstmTensorStepBackward:
    return lstm_tensor_step_backward;
  }
  return "";
}

const char *kernel_file_name(KernelFile file) {
  switch (file) {
  case KernelFileCommon:
    return "common.cl";
  case KernelFileGatherWindows:
    return "gather_windows.cl";
  case KernelFileMatrixProduct:
    return "matrix_product.cl";
  case KernelFileSumSlices:
    return "sum_slices.cl";
  case KernelFileLstmCell:
    return "lstm_cell.cl";
  case KernelFileLstmResident:
    return "lstm_resident.cl";
  case KernelFileLstmCooperative:
    return "lstm_cooperative.cl";
  case KernelFileLstmStepForward:
    return "lstm_step_forward.cl";
  case KernelFileLstmStepBackward:
    return "lstm_step_backward.cl";
  case KernelFileLstmResidentForward:
    return "lstm_resident_forward.cl";
  case KernelFileLstmResidentBackward:
    return "lstm_resident_backward.cl";
  case KernelFileLoss:
    return "loss.cl";
  case KernelFileGradientNorm:
    return "gradient_norm.cl";
  case KernelFileSgdStep:
    return "sgd_step.cl";
  case KernelFileAdamStep:
    return "adam_step.cl";
  case KernelFileRmspropStep:
    return "rmsprop_step.cl";
  case KernelFileGradientSum:
    return "gradient_sum.cl";
  case KernelFileMerge:
    return "merge.cl";
  case KernelFileDropout:
    return "dropout.cl";
  case KernelFileSumColumns:
    return "sum_columns.cl";
  case KernelFileCellForward:
    return "cell_forward.cl";
  case KernelFileCellBackward:
    return "cell_backward.cl";
  case KernelFileProjectionForward:
    return "projection_forward.cl";
  case KernelFileProjectionBackward:
    return "projection_backward.cl";
  case KernelFileTensorProduct:
    return "tensor_product.cl";
  case KernelFileNarrow:
    return "narrow.cl";
  case KernelFileGridBarrier:
    return "grid_barrier.cl";
  case KernelFileGridBarrierProbe:
    return "grid_barrier_probe.cl";
  case KernelFileLstmCooperativeForward:
    return "lstm_cooperative_forward.cl";
  case KernelFileLstmCooperativeBackward:
    return "lstm_cooperative_backward.cl";
  case KernelFileTensorFragments:
    return "tensor_fragments.cl";
  case KernelFileTensorStep:
    return "tensor_step.cl";
  case KernelFileLstmTensorStepForward:
    return "lstm_tensor_step_forward.cl";
  case KernelFileLstmTensorStepBackward:
    return "lstm_tensor_step_backward.cl";
  }
  return "";
}
