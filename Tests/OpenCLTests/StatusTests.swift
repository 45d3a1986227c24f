import OpenCL
import Testing

@Suite struct StatusTests {
  @Test(
    arguments: [
      (0, "CL_SUCCESS"), (-1, "CL_DEVICE_NOT_FOUND"), (-5, "CL_OUT_OF_RESOURCES"),
      (-11, "CL_BUILD_PROGRAM_FAILURE"), (-54, "CL_INVALID_WORK_GROUP_SIZE"),
      (-72, "CL_MAX_SIZE_RESTRICTION_EXCEEDED"), (-1001, "CL_PLATFORM_NOT_FOUND_KHR"),
    ] as [(Int32, String)])
  func hasTheHeadersNames(number: Int32, name: String) {
    #expect(Status(rawValue: number).name == name)
  }

  @Test func keepsUnknownNumbers() {
    #expect(Status(rawValue: -9999).name == "status -9999")
    #expect(Status(rawValue: -9999).rawValue == -9999)
  }

  @Test func errorsSayWhatWasCalledAndWhatCameBack() {
    let error = OpenCLError(status: .buildProgramFailure, call: "clBuildProgram(a.cl)")
    #expect(error.description == "clBuildProgram(a.cl) failed with CL_BUILD_PROGRAM_FAILURE")
    let detailed = OpenCLError(status: .invalidValue, call: "clCreateBuffer", detail: "0 elements")
    #expect(detailed.description == "clCreateBuffer failed with CL_INVALID_VALUE: 0 elements")
  }
}
