#!/usr/bin/env bash
# Everything there is to know of us on a machine with a GPU, where Swift need not be installed.
#
#   make static                        on a machine with Swift: makes the folder carry/
#   Benchmarks/gpu.sh [FOLDER]         on the machine with the GPU, beside that folder
#
# Prints the device's facts, verifies every kernel forward and backward against the reference, and
# times us and, where its Python has PyTorch for CUDA and safetensors, cuDNN through PyTorch in the
# same run: in each precision against PyTorch in the same one, and in float32 against TF32, PyTorch's
# default, too. FOLDER (default gpu-results) receives facts.txt, start.txt (two starts, the second
# with programs that are built), verify.txt, tune.txt, verify-tuned.txt, ours.jsonl, compare.jsonl and,
# for each precision, compare-PRECISION.txt; everything is timed with the sizes that were tuned.
# compare.jsonl, kept as Benchmarks/results/DEVICE.jsonl, is what Benchmarks/report.py makes tables of.
# CARRY names the folder with the executables; SUITES the suites of shapes.json to time; PRECISIONS what
# to time in.
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
precisions=${PRECISIONS:-float32 tf32 bf16 float16}
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

# Programs and measured sizes of this run only; programs are kept from the first start to the second.
export SWIFT_LSTM_CACHE="$carry/cache"
mkdir "$SWIFT_LSTM_CACHE"
for start in first second; do
  echo "$start start:"
  time "$carry/lstm-bench" --device opencl --suite floor --only 1 --mode inference --budget 1
done 2>&1 | tee "$results/start.txt"

"$carry/lstm-detect" devices --verify 2>&1 | tee "$results/verify.txt"
verified=${PIPESTATUS[0]}
# What is measured must be as right as what was assumed.
"$carry/lstm-detect" devices --tune --seconds 180 --device opencl 2>&1 | tee "$results/tune.txt"
"$carry/lstm-detect" devices --verify --device opencl 2>&1 | tee "$results/verify-tuned.txt"
verified=$((verified + PIPESTATUS[0]))

has_peer=$(python3 -c 'import torch, safetensors; print(torch.cuda.is_available())' 2>/dev/null)
for suite in $suites; do
  if [ "$has_peer" = True ]; then
    for precision in $precisions; do
      peers=$precision
      [ "$precision" = float32 ] && peers="float32 tf32"
      for peer in $peers; do
        python3 Benchmarks/compare.py --ours "$carry/lstm-bench" --suite "$suite" \
          --device opencl --peer-device cuda --rounds 1 --precision "$precision" \
          --peer-precision "$peer" --results "$results/compare.jsonl" 2>&1 \
          | tee -a "$results/compare-$precision.txt"
      done
    done
  fi
  # What is chosen, and what it is chosen over.
  for plan in auto cooperative stepwise; do
    "$carry/lstm-bench" --suite "$suite" --device opencl --plan "$plan" \
      | tee -a "$results/ours.jsonl"
  done
  # The other precisions have one plan.
  for precision in $precisions; do
    [ "$precision" = float32 ] && continue
    "$carry/lstm-bench" --suite "$suite" --device opencl --precision "$precision" \
      | tee -a "$results/ours.jsonl"
  done
done
[ "$has_peer" = True ] || echo "No Python with torch for CUDA and safetensors: timed alone." >&2
exit "$verified"
