import JSON

/// MobileNet (Howard and others, 2017), as `keras.applications` builds it.
struct MobileNet: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// Factor of all numbers of channels.
    var alpha = 1.0

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.convolution(
            input, Int(32 * alpha), 3, stride: 2, isSame: true, hasBias: false, name: "conv1")
        value = builder.normalization(value, name: "conv1_bn")
        value = builder.relu6(value, name: "conv1_relu")
        let filters = [64, 128, 128, 256, 256, 512, 512, 512, 512, 512, 512, 1024, 1024]
        for (index, count) in filters.enumerated() {
            let stride = [2, 4, 6, 12].contains(index + 1) ? 2 : 1
            if stride == 2 { value = builder.padding(value, (0, 0), (1, 1), name: "conv_pad_\(index + 1)") }
            value = builder.depthwise(value, 3, stride: stride, name: "conv_dw_\(index + 1)")
            value = builder.normalization(value, name: "conv_dw_\(index + 1)_bn")
            value = builder.relu6(value, name: "conv_dw_\(index + 1)_relu")
            value = builder.convolution(
                value, Int(Double(count) * alpha), 1, isSame: true, hasBias: false, name: "conv_pw_\(index + 1)")
            value = builder.normalization(value, name: "conv_pw_\(index + 1)_bn")
            value = builder.relu6(value, name: "conv_pw_\(index + 1)_relu")
        }
        return value
    }

    var topLayers: [String] { ["conv_preds"] }

    func top(_ builder: inout ApplicationBuilder, _ value: Value, classes: Int, activation: String) -> Value {
        var value = builder.globalPooling(value, keepsAxes: true)
        value = builder.convolution(value, classes, 1, isSame: true, name: "conv_preds")
        value = builder.flatten(value, name: "reshape_2")
        return builder.activation(value, activation, name: "predictions")
    }
}

/// MobileNetV2 (Sandler and others, 2018), as `keras.applications` builds it.
struct MobileNetV2: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// Factor of all numbers of channels.
    var alpha = 1.0

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.convolution(
            input, Self.divisible(32 * alpha), 3, stride: 2, isSame: true, hasBias: false, name: "Conv1")
        value = builder.normalization(value, name: "bn_Conv1")
        value = builder.relu6(value, name: "Conv1_relu")
        let stacks = [(16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1)]
        var block = 0
        for (filters, count, stride) in stacks {
            for repetition in 0..<count {
                value = self.block(
                    &builder, value, filters: filters, stride: repetition == 0 ? stride : 1, number: block)
                block += 1
            }
        }
        let last = alpha > 1 ? Self.divisible(1280 * alpha) : 1280
        value = builder.convolution(value, last, 1, hasBias: false, name: "Conv_1")
        value = builder.normalization(value, name: "Conv_1_bn")
        return builder.relu6(value, name: "out_relu")
    }

    private func block(
        _ builder: inout ApplicationBuilder, _ input: Value, filters: Int, stride: Int, number: Int
    ) -> Value {
        let prefix = number == 0 ? "expanded_conv_" : "block_\(number)_"
        let filters = Self.divisible(Double(Int(Double(filters) * alpha)))
        var value = input
        if number > 0 {
            value = builder.convolution(
                value, 6 * input.channels, 1, isSame: true, hasBias: false, name: "\(prefix)expand")
            value = builder.normalization(value, name: "\(prefix)expand_BN")
            value = builder.relu6(value, name: "\(prefix)expand_relu")
        }
        if stride == 2 { value = builder.correctPadding(value, kernel: 3, name: "\(prefix)pad") }
        value = builder.depthwise(value, 3, stride: stride, name: "\(prefix)depthwise")
        value = builder.normalization(value, name: "\(prefix)depthwise_BN")
        value = builder.relu6(value, name: "\(prefix)depthwise_relu")
        value = builder.convolution(value, filters, 1, isSame: true, hasBias: false, name: "\(prefix)project")
        value = builder.normalization(value, name: "\(prefix)project_BN")
        guard stride == 1, input.channels == filters else { return value }
        return builder.combine("Add", [input, value], name: "\(prefix)add")
    }

    /// The nearest multiple of 8 that is not more than a tenth below.
    static func divisible(_ number: Double) -> Int {
        let rounded = max(8, Int(number + 4) / 8 * 8)
        return Double(rounded) < 0.9 * number ? rounded + 8 : rounded
    }
}
