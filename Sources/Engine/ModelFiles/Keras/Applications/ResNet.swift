/// ResNet of 50, 101 or 152 layers (He and others, 2015), as `keras.applications` builds it.
struct ResNet: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// Blocks of each stack.
    let blocks: [Int]
    /// What normalization adds to variances; the first versions left it at the default of the layer.
    var epsilon = ResNet.epsilon
    /// Whether the picture is padded before the first pooling, as in all but the first versions.
    var isPadded = true

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.padding(input, 3, name: "conv1_pad")
        value = builder.convolution(value, 64, 7, stride: 2, name: "conv1_conv")
        value = builder.normalization(value, epsilon: epsilon, name: "conv1_bn")
        value = builder.activation(value, name: "conv1_relu")
        if isPadded { value = builder.padding(value, 1, name: "pool1_pad") }
        value = builder.pooling("MaxPooling2D", value, 3, stride: 2, name: "pool1_pool")
        for (index, count) in blocks.enumerated() {
            for block in 1...count {
                value = self.block(
                    &builder, value, filters: 64 << index, stride: block == 1 && index > 0 ? 2 : 1,
                    hasShortcut: block == 1, name: "conv\(index + 2)_block\(block)")
            }
        }
        return value
    }

    static let epsilon = 1.001e-5

    /// The name of a layer in files of the first versions: `conv2_block1_1_conv` was `res2a_branch2a`.
    ///
    /// - Returns: the name itself where it has not changed.
    static func oldName(of name: String) -> String {
        if name == "conv1_conv" { return "conv1" }
        if name == "conv1_bn" { return "bn_conv1" }
        let parts = name.split(separator: "_")
        guard parts.count == 4, parts[0].hasPrefix("conv"), parts[1].hasPrefix("block"),
            let stage = Int(parts[0].dropFirst(4)), let block = Int(parts[1].dropFirst(5)), let unit = Int(parts[2]),
            (1...26).contains(block), (0...3).contains(unit)
        else { return name }
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        let branch = unit == 0 ? "branch1" : "branch2\(letters[unit - 1])"
        return "\(parts[3] == "conv" ? "res" : "bn")\(stage)\(letters[block - 1])_\(branch)"
    }

    private func block(
        _ builder: inout ApplicationBuilder, _ input: Value, filters: Int, stride: Int, hasShortcut: Bool, name: String
    ) -> Value {
        func unit(_ value: Value, _ filters: Int, _ kernel: Int, _ stride: Int, _ number: Int) -> Value {
            let result = builder.convolution(
                value, filters, kernel, stride: stride, isSame: kernel > 1, name: "\(name)_\(number)_conv")
            return builder.normalization(result, epsilon: self.epsilon, name: "\(name)_\(number)_bn")
        }
        let shortcut = hasShortcut ? unit(input, 4 * filters, 1, stride, 0) : input
        var value = unit(input, filters, 1, stride, 1)
        value = builder.activation(value, name: "\(name)_1_relu")
        value = unit(value, filters, 3, 1, 2)
        value = builder.activation(value, name: "\(name)_2_relu")
        value = unit(value, 4 * filters, 1, 1, 3)
        value = builder.combine("Add", [shortcut, value], name: "\(name)_add")
        return builder.activation(value, name: "\(name)_out")
    }
}

/// The second form of ResNet (He and others, 2016), which normalizes before it convolves.
struct ResNetV2: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// Blocks of each stack.
    let blocks: [Int]

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.padding(input, 3, name: "conv1_pad")
        value = builder.convolution(value, 64, 7, stride: 2, name: "conv1_conv")
        value = builder.padding(value, 1, name: "pool1_pad")
        value = builder.pooling("MaxPooling2D", value, 3, stride: 2, name: "pool1_pool")
        for (index, count) in blocks.enumerated() {
            for block in 1...count {
                value = Self.block(
                    &builder, value, filters: 64 << index, stride: block == count && index < 3 ? 2 : 1,
                    hasShortcut: block == 1, name: "conv\(index + 2)_block\(block)")
            }
        }
        value = builder.normalization(value, epsilon: ResNet.epsilon, name: "post_bn")
        return builder.activation(value, name: "post_relu")
    }

    private static func block(
        _ builder: inout ApplicationBuilder, _ input: Value, filters: Int, stride: Int, hasShortcut: Bool, name: String
    ) -> Value {
        var before = builder.normalization(input, epsilon: ResNet.epsilon, name: "\(name)_preact_bn")
        before = builder.activation(before, name: "\(name)_preact_relu")
        var shortcut = input
        if hasShortcut {
            shortcut = builder.convolution(before, 4 * filters, 1, stride: stride, name: "\(name)_0_conv")
        } else if stride > 1 {
            shortcut = builder.pooling("MaxPooling2D", input, 1, stride: stride)
        }
        var value = builder.convolution(before, filters, 1, hasBias: false, name: "\(name)_1_conv")
        value = builder.normalization(value, epsilon: ResNet.epsilon, name: "\(name)_1_bn")
        value = builder.activation(value, name: "\(name)_1_relu")
        value = builder.padding(value, 1, name: "\(name)_2_pad")
        value = builder.convolution(value, filters, 3, stride: stride, hasBias: false, name: "\(name)_2_conv")
        value = builder.normalization(value, epsilon: ResNet.epsilon, name: "\(name)_2_bn")
        value = builder.activation(value, name: "\(name)_2_relu")
        value = builder.convolution(value, 4 * filters, 1, name: "\(name)_3_conv")
        return builder.combine("Add", [shortcut, value], name: "\(name)_out")
    }
}
