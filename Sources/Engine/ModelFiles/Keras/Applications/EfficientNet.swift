import JSON

/// EfficientNet B0 to B7 (Tan and Le, 2019), as `keras.applications` builds it.
struct EfficientNet: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// Factor of all numbers of channels.
    let width: Double
    /// Factor of all numbers of blocks.
    let depth: Double
    /// Whether a second rescaling follows the normalization, as it does in newer versions for weights of ImageNet.
    var hasSecondRescaling = false

    private struct Stage {
        let kernel: Int
        let count: Int
        let filters: Int
        let expansion: Int
        let stride: Int
    }

    private static let stages = [
        Stage(kernel: 3, count: 1, filters: 16, expansion: 1, stride: 1),
        Stage(kernel: 3, count: 2, filters: 24, expansion: 6, stride: 2),
        Stage(kernel: 5, count: 2, filters: 40, expansion: 6, stride: 2),
        Stage(kernel: 3, count: 3, filters: 80, expansion: 6, stride: 2),
        Stage(kernel: 5, count: 3, filters: 112, expansion: 6, stride: 1),
        Stage(kernel: 5, count: 4, filters: 192, expansion: 6, stride: 2),
        Stage(kernel: 3, count: 1, filters: 320, expansion: 6, stride: 1),
    ]

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.rescaling(input, scale: [1.0 / 255])
        value = builder.add(
            "Normalization", [value], JSONObject.settings(["axis": 3]), name: nil, channels: value.channels,
            size: value.size)
        if hasSecondRescaling {
            value = builder.rescaling(value, scale: [0.229, 0.224, 0.225].map { 1 / $0.squareRoot() })
        }
        value = builder.correctPadding(value, kernel: 3, name: "stem_conv_pad")
        value = builder.convolution(value, filters(32), 3, stride: 2, hasBias: false, name: "stem_conv")
        value = activated(&builder, value, "stem_bn", "stem_activation")
        for (index, stage) in Self.stages.enumerated() {
            for repetition in 0..<Int((depth * Double(stage.count)).rounded(.up)) {
                let letter = Character(Unicode.Scalar(UInt8(97 + repetition)))
                value = block(
                    &builder, value, stage, stride: repetition == 0 ? stage.stride : 1,
                    name: "block\(index + 1)\(letter)_")
            }
        }
        value = builder.convolution(value, filters(1280), 1, isSame: true, hasBias: false, name: "top_conv")
        return activated(&builder, value, "top_bn", "top_activation")
    }

    private func block(
        _ builder: inout ApplicationBuilder, _ input: Value, _ stage: Stage, stride: Int, name: String
    ) -> Value {
        let inner = input.channels * stage.expansion
        let outer = filters(stage.filters)
        var value = input
        if stage.expansion > 1 {
            value = builder.convolution(value, inner, 1, isSame: true, hasBias: false, name: "\(name)expand_conv")
            value = activated(&builder, value, "\(name)expand_bn", "\(name)expand_activation")
        }
        if stride == 2 { value = builder.correctPadding(value, kernel: stage.kernel, name: "\(name)dwconv_pad") }
        value = builder.depthwise(value, stage.kernel, stride: stride, name: "\(name)dwconv")
        value = activated(&builder, value, "\(name)bn", "\(name)activation")
        var weights = builder.globalPooling(value, keepsAxes: true, name: "\(name)se_squeeze")
        weights = builder.convolution(
            weights, max(1, input.channels / 4), 1, isSame: true, activation: "swish", name: "\(name)se_reduce")
        weights = builder.convolution(
            weights, inner, 1, isSame: true, activation: "sigmoid", name: "\(name)se_expand")
        value = builder.combine("Multiply", [value, weights], name: "\(name)se_excite")
        value = builder.convolution(value, outer, 1, isSame: true, hasBias: false, name: "\(name)project_conv")
        value = builder.normalization(value, name: "\(name)project_bn")
        guard stride == 1, input.channels == outer else { return value }
        return builder.combine("Add", [value, input], name: "\(name)add")
    }

    private func activated(
        _ builder: inout ApplicationBuilder, _ value: Value, _ normalization: String, _ activation: String
    ) -> Value {
        builder.activation(builder.normalization(value, name: normalization), "swish", name: activation)
    }

    private func filters(_ count: Int) -> Int { MobileNetV2.divisible(Double(count) * width) }
}
