#ifndef CKERNELS_H
#define CKERNELS_H

/// The files in Kernels/, whose text is part of the program. One case for each file, of the same
/// name; a test holds the list against the folder.
typedef enum __attribute__((enum_extensibility(closed))) KernelFile : int {
  KernelFileCommon,
  KernelFileGatherWindows,
  KernelFileMatrixProduct,
  KernelFileSumSlices,
  KernelFileLstmCell,
  KernelFileLstmResident,
  KernelFileLstmCooperative,
  KernelFileLstmStepForward,
  KernelFileLstmStepBackward,
  KernelFileLstmResidentForward,
  KernelFileLstmResidentBackward,
  KernelFileLoss,
  KernelFileGradientNorm,
  KernelFileSgdStep,
  KernelFileAdamStep,
  KernelFileRmspropStep,
  KernelFileGradientSum,
  KernelFileMerge,
  KernelFileDropout,
  KernelFileSumColumns,
  KernelFileCellForward,
  KernelFileCellBackward,
  KernelFileProjectionForward,
  KernelFileProjectionBackward,
  KernelFileTensorProduct,
  KernelFileNarrow,
  KernelFileGridBarrier,
  KernelFileGridBarrierProbe,
  KernelFileLstmCooperativeForward,
  KernelFileLstmCooperativeBackward,
  KernelFileTensorFragments,
  KernelFileTensorStep,
  KernelFileLstmTensorStepForward,
  KernelFileLstmTensorStepBackward,
} KernelFile;

/// The text of a file, ended by a zero.
const char *_Nonnull kernel_file_text(KernelFile file)
    __attribute__((swift_name("getter:KernelFile.cString(self:)")));

/// The name of a file, such as `loss.cl`, ended by a zero.
const char *_Nonnull kernel_file_name(KernelFile file)
    __attribute__((swift_name("getter:KernelFile.cName(self:)")));

#endif
