/// DenseNet of 121, 169 or 201 layers (Huang and others, 2016), as `keras.applications` builds it.
struct DenseNet: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    /// Layers of each dense block.
    let blocks: [Int]

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.padding(input, 3)
        value = builder.convolution(value, 64, 7, stride: 2, hasBias: false, name: "conv1_conv")
        value = builder.normalization(value, epsilon: ResNet.epsilon, name: "conv1_bn")
        value = builder.activation(value, name: "conv1_relu")
        value = builder.padding(value, 1)
        value = builder.pooling("MaxPooling2D", value, 3, stride: 2, name: "pool1")
        for (index, count) in blocks.enumerated() {
            for layer in 1...count { value = self.layer(&builder, value, name: "conv\(index + 2)_block\(layer)") }
            guard index < 3 else { continue }
            let name = "pool\(index + 2)"
            value = builder.normalization(value, epsilon: ResNet.epsilon, name: "\(name)_bn")
            value = builder.activation(value, name: "\(name)_relu")
            value = builder.convolution(value, value.channels / 2, 1, hasBias: false, name: "\(name)_conv")
            value = builder.pooling("AveragePooling2D", value, 2, stride: 2, name: "\(name)_pool")
        }
        value = builder.normalization(value, epsilon: ResNet.epsilon, name: "bn")
        return builder.activation(value, name: "relu")
    }

    private func layer(_ builder: inout ApplicationBuilder, _ input: Value, name: String) -> Value {
        var value = builder.normalization(input, epsilon: ResNet.epsilon, name: "\(name)_0_bn")
        value = builder.activation(value, name: "\(name)_0_relu")
        value = builder.convolution(value, 128, 1, hasBias: false, name: "\(name)_1_conv")
        value = builder.normalization(value, epsilon: ResNet.epsilon, name: "\(name)_1_bn")
        value = builder.activation(value, name: "\(name)_1_relu")
        value = builder.convolution(value, 32, 3, isSame: true, hasBias: false, name: "\(name)_2_conv")
        return builder.concatenate([input, value], name: "\(name)_concat")
    }
}
