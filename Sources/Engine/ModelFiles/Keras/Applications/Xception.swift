/// Xception (Chollet, 2016), as `keras.applications` builds it.
struct Xception: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.convolution(input, 32, 3, stride: 2, hasBias: false, name: "block1_conv1")
        value = builder.normalization(value, name: "block1_conv1_bn")
        value = builder.activation(value, name: "block1_conv1_act")
        value = builder.convolution(value, 64, 3, hasBias: false, name: "block1_conv2")
        value = builder.normalization(value, name: "block1_conv2_bn")
        value = builder.activation(value, name: "block1_conv2_act")
        for (block, filters) in [(2, [128, 128]), (3, [256, 256]), (4, [728, 728])] {
            value = reduction(&builder, value, block: block, filters: filters)
        }
        for block in 5...12 {
            let residual = value
            for number in 1...3 { value = unit(&builder, value, 728, name: "block\(block)_sepconv\(number)") }
            value = builder.combine("Add", [value, residual])
        }
        value = reduction(&builder, value, block: 13, filters: [728, 1024])
        for (number, filters) in [(1, 1536), (2, 2048)] {
            value = builder.separable(value, filters, name: "block14_sepconv\(number)")
            value = builder.normalization(value, name: "block14_sepconv\(number)_bn")
            value = builder.activation(value, name: "block14_sepconv\(number)_act")
        }
        return value
    }

    private func reduction(_ builder: inout ApplicationBuilder, _ input: Value, block: Int, filters: [Int]) -> Value {
        var residual = builder.convolution(input, filters[1], 1, stride: 2, isSame: true, hasBias: false)
        residual = builder.normalization(residual)
        var value = input
        for (index, count) in filters.enumerated() {
            value = unit(
                &builder, value, count, name: "block\(block)_sepconv\(index + 1)", isActivated: block > 2 || index > 0)
        }
        value = builder.pooling("MaxPooling2D", value, 3, stride: 2, isSame: true, name: "block\(block)_pool")
        return builder.combine("Add", [value, residual])
    }

    private func unit(
        _ builder: inout ApplicationBuilder, _ input: Value, _ filters: Int, name: String, isActivated: Bool = true
    ) -> Value {
        var value = isActivated ? builder.activation(input, name: "\(name)_act") : input
        value = builder.separable(value, filters, name: name)
        return builder.normalization(value, name: "\(name)_bn")
    }
}
