import JSON

/// How a call hands values to a layer: which value is which argument, and the constants between them.
struct KerasArguments: Sendable {
    /// What one argument is.
    indirect enum Value: Sendable {
        /// A value of the network, by its position among all that the call reads.
        case tensor(Int)
        /// Anything that is no value of the network.
        case constant(JSONValue)
        case list([Value])

        /// Positions of all values of the network inside.
        var tensors: [Int] {
            switch self {
            case .tensor(let position): [position]
            case .constant: []
            case .list(let elements): elements.flatMap(\.tensors)
            }
        }

        /// Whether the argument is absent or null.
        var isNull: Bool { if case .constant(.null) = self { true } else { false } }
    }

    var positional: [Value] = []
    var keywords: [String: Value] = [:]

    /// Keywords whose values are no inputs in the narrow sense: layers ask for them by name.
    private static let sideKeywords: Set<String> = [
        "mask", "initial_state", "constants", "attention_mask", "query_mask", "value_mask", "key_mask", "training",
        "query", "value", "key",
    ]

    /// Positions of the inputs: of all positional arguments, and of keywords that stand for one.
    var inputs: [Int] {
        positional.flatMap(\.tensors)
            + keywords.filter { !Self.sideKeywords.contains($0.key) }.sorted { $0.key < $1.key }
            .flatMap(\.value.tensors)
    }

    /// An argument by its position or its name; nil where it is absent or null.
    func value(_ position: Int, _ name: String) -> Value? {
        let value = positional.indices.contains(position) ? positional[position] : keywords[name]
        return value.flatMap { $0.isNull ? nil : $0 }
    }
}
