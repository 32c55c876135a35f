import JSON

/// A value inside a network: the output of one call of a layer.
struct KerasReference: Hashable, Sendable {
    /// Name of the layer.
    let layer: String
    /// Which call of the layer, from 0.
    var call: Int
    /// Which output of the call, from 0.
    let output: Int
}

/// One layer of a network and the calls that connect it.
struct KerasLayer: Sendable {
    let name: String
    let type: String
    let config: KerasConfig
    /// Name of the layer's folder in the archive format: the type in snake case, numbered within the network.
    let archiveName: String
    /// The same in archives of Keras 2.12, which count layers with weights twice.
    let earlyArchiveName: String
    /// What each call reads.
    var calls: [[KerasReference]]
    /// The network inside, for a layer that is a model itself.
    let network: KerasNetwork?
    /// The shape of the input with the batch first, where the layer states it.
    let statedInputShape: [Int?]?
    /// How each call hands its values over, where that is more than one after the other.
    var arguments: [KerasArguments] = []
    /// The layer inside a wrapper such as `TimeDistributed`.
    var wrapped: [KerasLayer] = []
    /// Whether the layer is a part of another and has no folder among those of a model's layers.
    var isPart = false
}

/// The layers of a model, Sequential or Functional, in one form: every layer lists what its calls read.
struct KerasNetwork: Sendable {
    let name: String
    var layers: [KerasLayer]
    /// What the caller gives, one input layer each.
    let inputs: [KerasReference]
    /// What the caller gets.
    let outputs: [KerasReference]

    /// The shape of the first input with the batch first; nil where the network takes any.
    var inputShape: [Int?]? {
        inputs.first.flatMap { input in layers.first { $0.name == input.layer }?.statedInputShape }
    }
}

extension KerasLayer {
    /// Whether the layer, or a layer inside it, has weights; what cannot be told is refused later with its reason.
    static func hasWeights(_ config: KerasConfig, _ network: KerasNetwork?, wrapped: [KerasLayer] = []) -> Bool {
        if wrapped.contains(where: { hasWeights($0.config, $0.network, wrapped: $0.wrapped) }) { return true }
        if let network { return network.layers.contains { hasWeights($0.config, $0.network, wrapped: $0.wrapped) } }
        let weights = try? KerasLayers.converter(of: config.type)?.weights(config)
        return weights?.isEmpty == false
    }

    /// The folder of a class in archives.
    static func folder(of type: String) -> String {
        // The one class that Keras saves under another name than its own.
        snakeCase(type == "GroupQueryAttention" ? "GroupedQueryAttention" : type)
    }

    /// The name Keras gives to the folder of a class: `Conv2D` is `conv2d`, `LeakyReLU` is `leaky_re_lu`.
    static func snakeCase(_ type: String) -> String {
        let letters = Array(type.unicodeScalars.filter { $0 == "_" || $0.properties.isAlphabetic || isDigit($0) })
        var result = String.UnicodeScalarView()
        for (index, letter) in letters.enumerated() {
            if index > 0, isUpper(letter) {
                let startsWord = index + 1 < letters.count && isLower(letters[index + 1])
                if startsWord || isLower(letters[index - 1]) { result.append("_") }
            }
            result.append(contentsOf: letter.properties.lowercaseMapping.unicodeScalars)
        }
        return String(result)
    }

    private static func isDigit(_ letter: Unicode.Scalar) -> Bool { ("0"..."9").contains(letter) }
    private static func isUpper(_ letter: Unicode.Scalar) -> Bool { ("A"..."Z").contains(letter) }
    private static func isLower(_ letter: Unicode.Scalar) -> Bool { ("a"..."z").contains(letter) }
}
