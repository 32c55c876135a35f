/// VGG of 16 or 19 layers (Simonyan and Zisserman, 2014), as `keras.applications` builds it.
struct VGG: ApplicationNetwork {
    /// Convolutions of each block.
    let blocks: [Int]

    func body(_ builder: inout ApplicationBuilder, _ input: ApplicationBuilder.Value) -> ApplicationBuilder.Value {
        var value = input
        for (index, (count, filters)) in zip(blocks, [64, 128, 256, 512, 512]).enumerated() {
            for number in 1...count {
                value = builder.convolution(
                    value, filters, 3, isSame: true, activation: "relu", name: "block\(index + 1)_conv\(number)")
            }
            value = builder.pooling("MaxPooling2D", value, 2, stride: 2, name: "block\(index + 1)_pool")
        }
        return value
    }
}
