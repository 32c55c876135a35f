public import JSON
public import Tensors

/// The state of a run between two epochs, complete enough to go on exactly where it stopped.
///
/// In a file: eight bytes of magic, the length of a JSON header as a little-endian 64-bit integer, the header, then
/// the tensors' values as little-endian floats in the order of the header.
public struct Checkpoint: Sendable, Equatable {
    /// Epochs done.
    public var epoch: Int
    /// Epoch, from 1, of the best weights.
    public var bestEpoch: Int
    /// Validation of the best weights.
    public var best: Evaluation
    /// Time spent so far, in seconds.
    public var seconds: Double
    /// What the run was made from; another recipe or other classes cannot take it up.
    public var recipe: JSONValue
    /// Names of the classes.
    public var classes: [String]
    /// Everything the network and its optimizer remember, by name.
    public var state: [String: Tensor]
    /// Weights of the best epoch.
    public var bestWeights: NetworkWeights
    /// How far the learning rate has fallen.
    public var plateau = PlateauSchedule()

    /// Makes a checkpoint.
    public init(
        epoch: Int, bestEpoch: Int, best: Evaluation, seconds: Double, recipe: JSONValue, classes: [String],
        state: [String: Tensor], bestWeights: NetworkWeights
    ) {
        (self.epoch, self.bestEpoch, self.best, self.seconds) = (epoch, bestEpoch, best, seconds)
        (self.recipe, self.classes, self.state, self.bestWeights) = (recipe, classes, state, bestWeights)
    }

    private static let magic = Array("PRUNELL1".utf8)

    /// The file's bytes.
    public func encoded() -> [UInt8] {
        let groups = [("state", state), ("best", bestWeights.tensors)]
        let tensors = groups.flatMap { group, tensors in
            tensors.sorted { $0.key < $1.key }.map { (group: group, name: $0.key, tensor: $0.value) }
        }
        let header: JSONValue = [
            "epoch": .integer(epoch), "bestEpoch": .integer(bestEpoch), "best": best.json,
            "seconds": .number(seconds), "recipe": recipe, "classes": classes.json,
            "plateau": plateau.json,
            "tensors": .array(
                tensors.map { ["group": .string($0.group), "name": .string($0.name), "shape": $0.tensor.shape.json] }),
        ]
        let text = header.bytes()
        var bytes = Self.magic
        withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes += $0 }
        bytes += text
        for tensor in tensors { tensor.tensor.values.withUnsafeBytes { bytes += $0 } }
        return bytes
    }

    /// Reads a file's bytes; nil for anything that is not a whole checkpoint of this version.
    public init?(decoding bytes: [UInt8]) {
        guard bytes.starts(with: Self.magic), bytes.count >= 16 else { return nil }
        let length = bytes[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard length <= UInt64(bytes.count - 16) else { return nil }
        let start = 16 + Int(length)
        guard let header = try? JSONValue(parsing: bytes[16..<start]), let epoch = header["epoch"]?.intValue,
            let bestEpoch = header["bestEpoch"]?.intValue, let best = header["best"].flatMap(Evaluation.init),
            let seconds = header["seconds"]?.doubleValue, let recipe = header["recipe"],
            let classes = header["classes"]?.arrayValue,
            let plateauState = header["plateau"].flatMap(PlateauSchedule.init),
            let tensors = Self.tensors(header["tensors"]?.arrayValue ?? [], in: bytes[start...])
        else { return nil }
        self.init(
            epoch: epoch, bestEpoch: bestEpoch, best: best, seconds: seconds, recipe: recipe,
            classes: classes.compactMap(\.stringValue), state: tensors["state"] ?? [:],
            bestWeights: NetworkWeights(tensors["best"] ?? [:]))
        plateau = plateauState
    }

    /// Reads the tensors that a header lists; nil unless they fill `content` exactly.
    private static func tensors(
        _ list: [JSONValue], in content: ArraySlice<UInt8>
    ) -> [String: [String: Tensor]]? {
        var result: [String: [String: Tensor]] = [:]
        var rest = content
        for entry in list {
            guard let group = entry["group"]?.stringValue, let name = entry["name"]?.stringValue,
                let shape = entry["shape"]?.arrayValue?.compactMap(\.intValue), shape.allSatisfy({ $0 >= 0 })
            else { return nil }
            var size = MemoryLayout<Float>.size
            for length in shape {
                let (product, overflow) = size.multipliedReportingOverflow(by: length)
                guard !overflow else { return nil }
                size = product
            }
            guard size <= rest.count else { return nil }
            let values = rest.prefix(size).withUnsafeBytes { bytes in
                stride(from: 0, to: size, by: 4).map { bytes.loadUnaligned(fromByteOffset: $0, as: Float.self) }
            }
            result[group, default: [:]][name] = Tensor(shape: shape, values: values)
            rest = rest.dropFirst(size)
        }
        return rest.isEmpty ? result : nil
    }
}
