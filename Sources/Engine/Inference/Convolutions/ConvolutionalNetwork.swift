/// A picture classifier of 3×3 convolutions one after another, the mean of the last one's maps, and dense layers.
///
/// The networks that people train from scratch look like this, and for them general inference libraries no longer have
/// the method that needs the fewest multiplications.
struct ConvolutionalNetwork: Sendable, Equatable {
    /// A convolution with stride 1 and what follows it.
    struct Convolution: Sendable, Equatable {
        let inputs: Int
        let outputs: Int
        /// Shape `[outputs, inputs, 3, 3]`.
        var weights: [Float]
        /// One for each output.
        var bias: [Float]
        /// Rows and columns of zeros on each side: 0 or 1.
        let padding: Int
        /// Whether negative values become zero.
        var rectifies = false
        /// Whether each 2×2 values become the largest of them; an odd last row or column is dropped.
        var pools = false
    }

    /// A dense layer and what follows it.
    struct Dense: Sendable, Equatable {
        let inputs: Int
        let outputs: Int
        /// Shape `[inputs, outputs]`.
        let weights: [Float]
        let bias: [Float]
        var activation = Activation.none
    }

    /// A function of all values of a dense layer.
    enum Activation: Sendable, Equatable {
        case none, rectifier, sigmoid, softmax
    }

    /// Order of the axes of the input.
    enum Layout: Sendable, Equatable {
        case channelsFirst, channelsLast
    }

    let height: Int
    let width: Int
    let channels: Int
    let layout: Layout
    let convolutions: [Convolution]
    let dense: [Dense]

    /// Values of the last layer.
    var outputs: Int { dense.last?.outputs ?? 0 }

    /// Weights of one pair of channels.
    static let kernelSize = 9
}
