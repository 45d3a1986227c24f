#!/usr/bin/env bash
# Everything there is to know of us on a machine with a GPU, where Swift need not be installed.
#
#   make static                        on a machine with Swift: makes the folder carry/
#   Benchmarks/gpu.sh [FOLDER]         on the machine with the GPU, beside that folder
#
# Prints the device's facts, verifies every kernel forward and backward against the reference, and
# times us and, where its Python has PyTorch for CUDA and safetensors, cuDNN through PyTorch in the
# same run, without TF32 and with it. FOLDER (default gpu-results) receives facts.txt, verify.txt,
# ours.jsonl, compare--no-tf32.txt and compare.txt.
# CARRY names the folder with the executables; SUITES the suites of shapes.json to time.
set -u
cd "$(dirname "$0")/.."
carry=$(mktemp -d)
trap 'rm -rf "$carry"' EXIT
for file in "${CARRY:-carry}"/*.gz; do
  gunzip -c "$file" >"$carry/$(basename "$file" .gz)" || exit 1
done
chmod +x "$carry"/*
results=${1:-gpu-results}
suites=${SUITES:-floor series}
mkdir -p "$results"
export LD_LIBRARY_PATH="$carry${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"

# A container often has NVIDIA's driver but not the one-line file that tells OpenCL about it.
if [ -z "${OCL_ICD_VENDORS:-}" ] && ! ls /etc/OpenCL/vendors/*.icd >/dev/null 2>&1; then
  library=$( { ldconfig -p | awk '/libnvidia-opencl\.so/{print $NF}'
    ls /usr/local/nvidia/lib*/libnvidia-opencl.so* /usr/lib/x86_64-linux-gnu/libnvidia-opencl.so* \
      /usr/lib64/libnvidia-opencl.so* 2>/dev/null; } | head -n 1)
  if [ -n "$library" ]; then
    vendors="$carry/vendors"
    mkdir "$vendors"
    echo "$library" >"$vendors/nvidia.icd"
    export OCL_ICD_VENDORS="$vendors"
  else
    echo "No OpenCL driver found: no .icd file in /etc/OpenCL/vendors, and no libnvidia-opencl.so." >&2
  fi
fi

{
  date -u
  git rev-parse HEAD 2>/dev/null
  uname -a
  nvidia-smi 2>/dev/null
  echo "OCL_ICD_VENDORS=${OCL_ICD_VENDORS:-}"
  "$carry/lstm-detect" devices
} 2>&1 | tee "$results/facts.txt"

"$carry/lstm-detect" devices --verify 2>&1 | tee "$results/verify.txt"
verified=${PIPESTATUS[0]}

has_peer=$(python3 -c 'import torch, safetensors; print(torch.cuda.is_available())' 2>/dev/null)
for suite in $suites; do
  if [ "$has_peer" = True ]; then
    for tf32 in --no-tf32 ""; do
      # shellcheck disable=SC2086 # nothing where there is nothing
      python3 Benchmarks/compare.py --ours "$carry/lstm-bench" --suite "$suite" --device opencl \
        --peer-device cuda --rounds 1 $tf32 2>&1 | tee -a "$results/compare$tf32.txt"
    done
  fi
  # What is chosen, and what it is chosen over.
  for plan in auto cooperative stepwise; do
    "$carry/lstm-bench" --suite "$suite" --device opencl --plan "$plan" \
      | tee -a "$results/ours.jsonl"
  done
done
[ "$has_peer" = True ] || echo "No Python with torch for CUDA and safetensors: timed alone." >&2
exit "$verified"
