# make run    install what is missing, build, and find the anomalies in two years of bike rentals
# make test   install what is missing, and run every test on the reference, the CPU and OpenCL
# make fuzz   feed made-up files to the readers, SECONDS each (60)
# make asan   run the command with AddressSanitizer; ubsan and tsan with the others
# make onnx   hold exported ONNX files against our own forecasts, by ONNX Runtime
# make mpi-test  train and detect by several processes, RANKS="2 4" of them in turn
# make soak   train for 20,000 epochs and watch the memory
# make docs   write the documentation of the libraries as web pages
# make report-test                  open reports in a headless browser and use them
# make service                      build lstm-serve, which judges rows over HTTP
# make service-check                ask it what its OpenAPI description allows, and what it does not
# make service-bench                measure its latency, its memory and what kill -9 loses
#
# make install PREFIX=/usr/local    install the command, its manual and completions; make uninstall
# make dist deb wheel               pack them for Linux, for Debian, for Python, into packages
# make deb-test wheel-test          try these in a fresh Debian, in a fresh environment of Python

BUILD = .build
DETECT = $(BUILD)/release/lstm-detect

.PHONY: run build test tests lint-sources lint-kernels documentation mpi-test service service-check service-bench report-test fuzz onnx asan ubsan tsan soak docs lint bench forecasts detection-benchmarks compare static clean setup setup-test \
  command install uninstall dist deb wheel deb-test wheel-test install-test

run: build
	$(DETECT) run Examples/bike-sharing-daily.csv --target cnt --output out

build: setup
	swift build -c release --scratch-path $(BUILD) --product lstm-detect

# The C targets are not optimized in debug builds, hence release; the tests see internal names. While the
# compiler is at its longest modules, one core is free for what needs no build.
TEST = .build-test
test: setup-test
	+$(MAKE) --jobs 2 --output-sync=recurse lint-sources tests
	+$(MAKE) --jobs 2 --output-sync=recurse lint-kernels documentation
	Scripts/package/module-test $(TEST)/release/lstm-detect
	Scripts/package/traits-test
	Scripts/mpi-test $(TEST)/release/lstm-detect 2
	swift test -c release --skip-build $(TRAITS) -Xswiftc -enable-testing --scratch-path $(TEST)

tests:
	swift build -c release --build-tests $(TRAITS) -Xswiftc -enable-testing --scratch-path $(TEST)

lint-sources:
	Scripts/lint-sources

lint-kernels:
	Scripts/lint-kernels $(TEST)

documentation:
	Scripts/documentation $(TEST)

# All that is optional is built and tested: one build for all tests.
TRAITS = --traits MPI,Service

RANKS = 2 4
mpi-test: setup-mpi
	swift build -c release --product lstm-detect $(TRAITS) -Xswiftc -enable-testing --scratch-path $(TEST)
	Scripts/mpi-test $(TEST)/release/lstm-detect $(RANKS)

# In a scratch path of its own: with another set of traits, the package manager builds all anew.
SERVICE = .build-service/release
service: setup
	swift build -c release --traits Service --scratch-path .build-service --product lstm-serve

# Not a part of the tests: it needs Python. schemathesis goes into .venv.
service-check: service build
	Scripts/install python3-venv prometheus
	test -d .venv || python3 -m venv .venv
	.venv/bin/pip install -q schemathesis
	Scripts/service-check $(SERVICE)/lstm-serve $(DETECT) .venv/bin/schemathesis

service-bench: service build
	Benchmarks/service.py --command $(DETECT) --service $(SERVICE)/lstm-serve

SECONDS = 60
fuzz: setup
	Scripts/fuzz $(SECONDS)

# Not a part of the tests: it needs Python. onnx and onnxruntime go into .venv.
onnx: build
	test -d .venv || { Scripts/install python3-venv && python3 -m venv .venv; }
	.venv/bin/pip install -q numpy onnx onnxruntime safetensors
	.venv/bin/python Scripts/check_onnx.py --command $(DETECT)

asan: setup-test
	Scripts/sanitize address

ubsan: setup-test
	Scripts/sanitize undefined

tsan: setup-test
	Scripts/sanitize thread

# Reports at three widths, of one series and of 500: dragged, clicked, typed at, printed. Not part of
# make test, since no browser is there; screenshots are in out/report-test.
report-test: build
	Scripts/install chromium fonts-dejavu-core python3-venv
	test -d .venv || python3 -m venv .venv
	.venv/bin/pip install -q playwright
	.venv/bin/python -B Tests/Report/report_test.py $(DETECT) out/report-test

EPOCHS = 20000
soak: build
	DETECT=$(DETECT) Scripts/soak $(EPOCHS)

docs: setup
	swift build -c release --scratch-path $(BUILD) --target AnomalyDetection
	Scripts/documentation $(BUILD)

lint: setup
	swift build -c release --scratch-path $(BUILD) --product lstm-bench
	Scripts/lint $(BUILD)

# OpenCL's library is loaded when it is first needed; nothing of it is needed to build.
setup:

setup-mpi: setup
	Scripts/install libopenmpi-dev openmpi-bin pkg-config

setup-test: setup setup-mpi
	Scripts/install ocl-icd-libopencl1 pocl-opencl-icd

# Times every shape of the floor suite on this machine, one JSON line each.
bench: setup
	swift build -c release --scratch-path $(BUILD) --product lstm-bench
	$(BUILD)/release/lstm-bench

# Times us and the peers in turn on the suites named. The peers go into .venv.
SUITES = floor
compare: setup
	swift build -c release --scratch-path $(BUILD) --product lstm-bench
	swift build -c release --scratch-path $(BUILD) --product lstm-detect
	test -d .venv || { Scripts/install python3-venv && python3 -m venv .venv; }
	.venv/bin/pip install -q torch numpy safetensors onnx onnxruntime openvino keras tensorflow-cpu
	for suite in $(SUITES); do .venv/bin/python Benchmarks/compare.py --suite $$suite \
	  --ours $(BUILD)/release/lstm-bench --peers pytorch onnxruntime openvino \
	  --results cpu || exit 1; done
	.venv/bin/python Benchmarks/job.py --ours $(DETECT) --results cpu

# Forecasts with defaults beside simple ones, over the files of a folder: make forecasts DATA=FOLDER.
forecasts: build
	Benchmarks/forecasts.py $(DATA) --command $(DETECT)

# How good anomalies are, over labeled sets: make detection-benchmarks DATA=FOLDER. Needs numpy.
detection-benchmarks: build
	Benchmarks/detection/detection.py $(DATA) --command $(DETECT)

# What is installed and packed is linked statically, so that it needs no Swift where it runs.
# COMMAND=FILE takes one that is built already.
STATIC = .build-static
COMMAND = $(STATIC)/release/lstm-detect
LINKING = --static-swift-stdlib -Xlinker --no-export-dynamic
STATIC_BUILD = swift build -c release $(LINKING) --scratch-path $(STATIC)
PREFIX = /usr/local
PACKAGES = packages
ifeq ($(origin COMMAND),command line)
command:
else
command: setup
	Scripts/package/static-libraries "$$($(STATIC_BUILD) --show-bin-path)"
	$(STATIC_BUILD) --product lstm-detect
endif

install: command
	Scripts/package/install "$(COMMAND)" "$(DESTDIR)$(PREFIX)"

uninstall:
	Scripts/package/install remove "$(DESTDIR)$(PREFIX)"

dist deb wheel: command
	Scripts/package/$@ "$(COMMAND)" "$(PACKAGES)"

install-test: command
	Scripts/package/install-test "$(COMMAND)"

# The newest package is tried: with root and Debian's mirror, or PyPI.
deb-test: deb
	Scripts/package/deb-test "$$(ls -t "$(PACKAGES)"/lstm-detect_*.deb | head -n 1)"

wheel-test: wheel
	Scripts/install python3-venv
	Scripts/package/wheel-test "$$(ls -t "$(PACKAGES)"/swift_lstm-*.whl | head -n 1)"

# Executables for machines without Swift, and OpenCL's loader for those that have a driver alone: see
# Benchmarks/gpu.sh.
static: command
	Scripts/install ocl-icd-libopencl1
	$(STATIC_BUILD) --product lstm-bench
	rm -rf carry && mkdir carry
	cp "$(COMMAND)" $(STATIC)/release/lstm-bench carry/
	cp -L $$(ldconfig -p | awk '/libOpenCL.so.1 /{print $$NF; exit}') carry/
	strip carry/lstm-detect carry/lstm-bench
	gzip -9 carry/*

clean:
	rm -rf $(BUILD) .build-test .build-service $(STATIC) .build-docs .build-fuzz .build-address \
	  .build-undefined .build-thread carry out packages
