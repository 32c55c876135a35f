import Foundation
import JSON
import Tensors

@testable import ModelFiles

/// The small PyTorch files of `Golden/make_torch.py`, and what PyTorch says of them.
enum TorchGolden {
    static let expected: JSONValue = {
        guard let bytes = try? GoldenModel.bytes(of: "torch.json"), let json = try? JSONValue(parsing: bytes) else {
            return .null
        }
        return json
    }()

    /// Names of the files whose weights are noted.
    static let weightFiles: [String] = expected["weights"]?.objectValue?.keys ?? []

    /// The networks by file.
    static let networks: [String: JSONValue] = Dictionary(
        (expected["networks"]?.arrayValue ?? []).map { ($0["file"]?.stringValue ?? "", $0) }, uniquingKeysWith: { $1 })

    /// The weights and what else is known, without a network made of them.
    static func checkpoint(_ bytes: [UInt8]) throws -> TorchCheckpoint {
        try TorchReader.contents(of: FileBytes(bytes), limits: .standard).checkpoint
    }

    static func tensor(_ json: JSONValue?) -> Tensor {
        Tensor(
            shape: (json?["shape"]?.arrayValue ?? []).compactMap(\.intValue),
            values: (json?["values"]?.arrayValue ?? []).compactMap(\.doubleValue).map(Float.init))
    }
}
