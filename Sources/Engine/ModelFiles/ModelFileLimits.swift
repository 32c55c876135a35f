/// How large a model may be before it is refused; nothing is allocated for what exceeds a limit.
public struct ModelFileLimits: Sendable {
    /// Length of the file, in bytes; what ONNX can hold in one file, since protobuf counts with 31 bits.
    public var maximumBytes = (2 << 30) - 1
    /// Elements of all weights together.
    public var maximumParameters = 512 << 20
    /// Layers of a Keras model, those of nested models included; each call of a shared layer counts.
    public var maximumLayers = 20_000
    /// Models inside each other.
    public var maximumNesting = 16
    /// Length of the text that describes a Keras model, in bytes.
    public var maximumConfigBytes = 64 << 20
    /// Entries of an archive.
    public var maximumEntries = 4096

    /// The limits above.
    public static let standard = ModelFileLimits()

    /// Makes the default limits, to be changed by property.
    public init() {}
}
