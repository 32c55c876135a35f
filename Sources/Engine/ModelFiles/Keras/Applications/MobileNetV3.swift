/// MobileNetV3, small or large (Howard and others, 2019), as `keras.applications` builds it.
struct MobileNetV3: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// One block of the network.
    struct Block: Sendable {
        let expansion: Double
        let filters: Int
        let kernel: Int
        let stride: Int
        /// Whether the block weighs its channels.
        let isWeighing: Bool
        /// Whether the activation is the hard swish instead of ReLU.
        let isSwish: Bool
    }

    let blocks: [Block]
    /// Channels of the layer before the classes.
    let last: Int
    /// Factor of all numbers of channels.
    var alpha = 1.0

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.rescaling(input, scale: [1 / 127.5], offset: -1)
        value = builder.convolution(value, 16, 3, stride: 2, isSame: true, hasBias: false, name: "conv")
        value = builder.normalization(value, name: "conv_bn")
        value = activation(&builder, value, isSwish: true)
        for (number, block) in blocks.enumerated() { value = self.block(&builder, value, block, number: number) }
        value = builder.convolution(
            value, MobileNetV2.divisible(Double(value.channels) * 6), 1, isSame: true, hasBias: false, name: "conv_1")
        value = builder.normalization(value, name: "conv_1_bn")
        return activation(&builder, value, isSwish: true)
    }

    var topLayers: [String] { ["conv_2", "logits"] }

    func top(_ builder: inout ApplicationBuilder, _ value: Value, classes: Int, activation function: String) -> Value {
        var value = builder.globalPooling(value, keepsAxes: true)
        let channels = alpha > 1 ? MobileNetV2.divisible(Double(last) * alpha) : last
        value = builder.convolution(value, channels, 1, isSame: true, name: "conv_2")
        value = activation(&builder, value, isSwish: true)
        value = builder.convolution(value, classes, 1, isSame: true, name: "logits")
        value = builder.flatten(value)
        return builder.activation(value, function, name: "predictions")
    }

    private func block(_ builder: inout ApplicationBuilder, _ input: Value, _ block: Block, number: Int) -> Value {
        let prefix = number == 0 ? "expanded_conv_" : "expanded_conv_\(number)_"
        let filters = MobileNetV2.divisible(Double(block.filters) * alpha)
        let inner = MobileNetV2.divisible(Double(input.channels) * block.expansion)
        var value = input
        if number > 0 {
            value = builder.convolution(value, inner, 1, isSame: true, hasBias: false, name: "\(prefix)expand")
            value = builder.normalization(value, name: "\(prefix)expand_bn")
            value = activation(&builder, value, isSwish: block.isSwish)
        }
        if block.stride == 2 {
            value = builder.correctPadding(value, kernel: block.kernel, name: "\(prefix)depthwise_pad")
        }
        value = builder.depthwise(value, block.kernel, stride: block.stride, name: "\(prefix)depthwise")
        value = builder.normalization(value, name: "\(prefix)depthwise_bn")
        value = activation(&builder, value, isSwish: block.isSwish)
        if block.isWeighing { value = weighed(&builder, value, inner: inner, prefix: prefix) }
        value = builder.convolution(value, filters, 1, isSame: true, hasBias: false, name: "\(prefix)project")
        value = builder.normalization(value, name: "\(prefix)project_bn")
        guard block.stride == 1, input.channels == filters else { return value }
        return builder.combine("Add", [input, value], name: "\(prefix)add")
    }

    private func weighed(_ builder: inout ApplicationBuilder, _ value: Value, inner: Int, prefix: String) -> Value {
        let prefix = "\(prefix)squeeze_excite_"
        var weights = builder.globalPooling(value, keepsAxes: true, name: "\(prefix)avg_pool")
        weights = builder.convolution(
            weights, MobileNetV2.divisible(Double(inner) * 0.25), 1, isSame: true, name: "\(prefix)conv")
        weights = builder.activation(weights, name: "\(prefix)relu")
        weights = builder.convolution(weights, inner, 1, isSame: true, name: "\(prefix)conv_1")
        // The hard sigmoid of the paper, ReLU6(x + 3) ÷ 6, which is not that of Keras 2.
        weights = builder.rescaling(weights, scale: [1], offset: 3)
        weights = builder.relu6(weights)
        weights = builder.rescaling(weights, scale: [1.0 / 6])
        return builder.combine("Multiply", [value, weights], name: "\(prefix)mul")
    }

    private func activation(_ builder: inout ApplicationBuilder, _ value: Value, isSwish: Bool) -> Value {
        builder.activation(value, isSwish ? "hard_silu" : "relu")
    }

    // MARK: The two sizes

    static let small = MobileNetV3(
        blocks: [
            block(1, 16, 3, 2, true, false), block(72.0 / 16, 24, 3, 2, false, false),
            block(88.0 / 24, 24, 3, 1, false, false), block(4, 40, 5, 2, true, true), block(6, 40, 5, 1, true, true),
            block(6, 40, 5, 1, true, true), block(3, 48, 5, 1, true, true), block(3, 48, 5, 1, true, true),
            block(6, 96, 5, 2, true, true), block(6, 96, 5, 1, true, true), block(6, 96, 5, 1, true, true),
        ], last: 1024)

    static let large = MobileNetV3(
        blocks: [
            block(1, 16, 3, 1, false, false), block(4, 24, 3, 2, false, false), block(3, 24, 3, 1, false, false),
            block(3, 40, 5, 2, true, false), block(3, 40, 5, 1, true, false), block(3, 40, 5, 1, true, false),
            block(6, 80, 3, 2, false, true), block(2.5, 80, 3, 1, false, true), block(2.3, 80, 3, 1, false, true),
            block(2.3, 80, 3, 1, false, true), block(6, 112, 3, 1, true, true), block(6, 112, 3, 1, true, true),
            block(6, 160, 5, 2, true, true), block(6, 160, 5, 1, true, true), block(6, 160, 5, 1, true, true),
        ], last: 1280)

    private static func block(
        _ expansion: Double, _ filters: Int, _ kernel: Int, _ stride: Int, _ isWeighing: Bool, _ isSwish: Bool
    ) -> Block {
        Block(
            expansion: expansion, filters: filters, kernel: kernel, stride: stride, isWeighing: isWeighing,
            isSwish: isSwish)
    }
}
