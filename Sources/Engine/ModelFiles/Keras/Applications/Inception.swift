import JSON

/// InceptionV3 (Szegedy and others, 2015), as `keras.applications` builds it.
struct InceptionV3: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.inceptionStem(input)
        for (number, pooled) in [(0, 32), (1, 64), (2, 64)] {
            let branches = [
                builder.units(value, [(64, 1, 1)]), builder.units(value, [(48, 1, 1), (64, 5, 5)]),
                builder.units(value, [(64, 1, 1), (96, 3, 3), (96, 3, 3)]), builder.pooledUnit(value, pooled),
            ]
            value = builder.concatenate(branches, name: "mixed\(number)")
        }
        var branches = [
            builder.unit(value, 384, (3, 3), stride: 2, isSame: false),
            builder.reduced(builder.units(value, [(64, 1, 1), (96, 3, 3)]), 96),
            builder.pooling("MaxPooling2D", value, 3, stride: 2),
        ]
        value = builder.concatenate(branches, name: "mixed3")
        for (number, inner) in [(4, 128), (5, 160), (6, 160), (7, 192)] {
            let branches = [
                builder.units(value, [(192, 1, 1)]),
                builder.units(value, [(inner, 1, 1), (inner, 1, 7), (192, 7, 1)]),
                builder.units(value, [(inner, 1, 1), (inner, 7, 1), (inner, 1, 7), (inner, 7, 1), (192, 1, 7)]),
                builder.pooledUnit(value, 192),
            ]
            value = builder.concatenate(branches, name: "mixed\(number)")
        }
        branches = [
            builder.reduced(builder.units(value, [(192, 1, 1)]), 320),
            builder.reduced(builder.units(value, [(192, 1, 1), (192, 1, 7), (192, 7, 1)]), 192),
            builder.pooling("MaxPooling2D", value, 3, stride: 2),
        ]
        value = builder.concatenate(branches, name: "mixed8")
        for number in 0...1 { value = wide(&builder, value, number: number) }
        return value
    }

    private func wide(_ builder: inout ApplicationBuilder, _ value: Value, number: Int) -> Value {
        let first = builder.units(value, [(320, 1, 1)])
        var second = builder.units(value, [(384, 1, 1)])
        second = builder.concatenate(
            [builder.units(second, [(384, 1, 3)]), builder.units(second, [(384, 3, 1)])], name: "mixed9_\(number)")
        var third = builder.units(value, [(448, 1, 1), (384, 3, 3)])
        third = builder.concatenate([builder.units(third, [(384, 1, 3)]), builder.units(third, [(384, 3, 1)])])
        let pooled = builder.pooledUnit(value, 192)
        return builder.concatenate([first, second, third, pooled], name: "mixed\(9 + number)")
    }
}

/// Inception-ResNet-v2 (Szegedy and others, 2016), as `keras.applications` builds it.
struct InceptionResNetV2: ApplicationNetwork {
    typealias Value = ApplicationBuilder.Value

    func body(_ builder: inout ApplicationBuilder, _ input: Value) -> Value {
        var value = builder.inceptionStem(input)
        value = builder.concatenate(
            [
                builder.units(value, [(96, 1, 1)]), builder.units(value, [(48, 1, 1), (64, 5, 5)]),
                builder.units(value, [(64, 1, 1), (96, 3, 3), (96, 3, 3)]), builder.pooledUnit(value, 64),
            ], name: "mixed_5b")
        for number in 1...10 {
            value = block(
                &builder, value, [[(32, 1, 1)], [(32, 1, 1), (32, 3, 3)], [(32, 1, 1), (48, 3, 3), (64, 3, 3)]],
                scale: 0.17, name: "block35_\(number)")
        }
        value = builder.concatenate(
            [
                builder.reduced(value, 384), builder.reduced(builder.units(value, [(256, 1, 1), (256, 3, 3)]), 384),
                builder.pooling("MaxPooling2D", value, 3, stride: 2),
            ], name: "mixed_6a")
        for number in 1...20 {
            value = block(
                &builder, value, [[(192, 1, 1)], [(128, 1, 1), (160, 1, 7), (192, 7, 1)]], scale: 0.1,
                name: "block17_\(number)")
        }
        value = builder.concatenate(
            [
                builder.reduced(builder.units(value, [(256, 1, 1)]), 384),
                builder.reduced(builder.units(value, [(256, 1, 1)]), 288),
                builder.reduced(builder.units(value, [(256, 1, 1), (288, 3, 3)]), 320),
                builder.pooling("MaxPooling2D", value, 3, stride: 2),
            ], name: "mixed_7a")
        for number in 1...10 {
            value = block(
                &builder, value, [[(192, 1, 1)], [(192, 1, 1), (224, 1, 3), (256, 3, 1)]],
                scale: number == 10 ? 1 : 0.2, name: "block8_\(number)", isActivated: number < 10)
        }
        value = builder.convolution(value, 1536, 1, isSame: true, hasBias: false, name: "conv_7b")
        value = builder.normalization(value, hasScale: false, name: "conv_7b_bn")
        return builder.activation(value, name: "conv_7b_ac")
    }

    private func block(
        _ builder: inout ApplicationBuilder, _ input: Value, _ branches: [[(Int, Int, Int)]], scale: Double,
        name: String, isActivated: Bool = true
    ) -> Value {
        let mixed = builder.concatenate(branches.map { builder.units(input, $0) }, name: "\(name)_mixed")
        let up = builder.convolution(mixed, input.channels, 1, isSame: true, name: "\(name)_conv")
        let value = builder.combine("CustomScaleLayer", [input, up], JSONObject.settings(["scale": .number(scale)]))
        return isActivated ? builder.activation(value, name: "\(name)_ac") : value
    }
}

extension ApplicationBuilder {
    /// A convolution without bias, normalization and ReLU.
    fileprivate mutating func unit(
        _ value: Value, _ filters: Int, _ kernel: (Int, Int), stride: Int = 1, isSame: Bool = true
    ) -> Value {
        let value = convolution(value, filters, kernel, stride: stride, isSame: isSame, hasBias: false)
        return activation(normalization(value, hasScale: false))
    }

    /// Units one after the other: filters, height and width of each.
    fileprivate mutating func units(_ value: Value, _ units: [(Int, Int, Int)]) -> Value {
        var value = value
        for (filters, height, width) in units { value = unit(value, filters, (height, width)) }
        return value
    }

    /// A unit that halves the picture.
    fileprivate mutating func reduced(_ value: Value, _ filters: Int) -> Value {
        unit(value, filters, (3, 3), stride: 2, isSame: false)
    }

    /// A unit after averages of 3×3.
    fileprivate mutating func pooledUnit(_ value: Value, _ filters: Int) -> Value {
        unit(pooling("AveragePooling2D", value, 3, stride: 1, isSame: true), filters, (1, 1))
    }

    /// What both networks begin with.
    fileprivate mutating func inceptionStem(_ input: Value) -> Value {
        var value = reduced(input, 32)
        value = unit(value, 32, (3, 3), isSame: false)
        value = unit(value, 64, (3, 3))
        value = pooling("MaxPooling2D", value, 3, stride: 2)
        value = unit(value, 80, (1, 1), isSame: false)
        value = unit(value, 192, (3, 3), isSame: false)
        return pooling("MaxPooling2D", value, 3, stride: 2)
    }
}
