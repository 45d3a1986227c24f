import LSTMCompute

func fromPyTorchToKeras(_ source: String, _ target: String) throws {
  let file = try SafetensorsFile(path: source)
  let imported = try ImportedNetwork(file.tensors, metadata: file.metadata, head: .lastStep)
  print(imported.network.specification, "left out:", imported.leftOut)
  try SafetensorsFile(tensors: imported.network.tensors(for: .keras)).write(to: target)
}
