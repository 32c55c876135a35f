/// A layer with weights of which only their names and shapes are known.
struct WeightedLayer: Sendable {
    enum Kind: Sendable, Equatable {
        case linear(from: Int, to: Int)
        case convolution(from: Int, to: Int, kernel: Int)
        case batchNorm(Int)
        /// A weight and a bias for each feature, without statistics.
        case layerNorm(Int)
        case prelu(Int)
    }

    /// Name in the file, without `.weight`.
    let name: String
    let kind: Kind
    let hasBias: Bool

    /// Width of the values it writes; nil where it takes any.
    var width: Int? {
        switch kind {
        case .linear(_, let width), .convolution(_, let width, _), .batchNorm(let width), .layerNorm(let width): width
        case .prelu: nil
        }
    }

    /// Whether it has a matrix or filters; others follow one that has.
    var isMain: Bool {
        switch kind {
        case .linear, .convolution: true
        default: false
        }
    }

    /// The last number in its name, as 2 in `bn2` or `norm_2`.
    var number: String { String(name.reversed().drop { !$0.isNumber }.prefix { $0.isNumber }.reversed()) }
}
