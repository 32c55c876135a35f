/// A network of `keras.applications`, written layer by layer under the names that Keras gives the layers.
protocol ApplicationNetwork: Sendable {
    /// Everything up to the features, which have height and width.
    func body(_ builder: inout ApplicationBuilder, _ input: ApplicationBuilder.Value) -> ApplicationBuilder.Value

    /// Layers with weights of a top that is not pooling and dense layers; empty where it is.
    var topLayers: [String] { get }

    /// Such a top.
    func top(
        _ builder: inout ApplicationBuilder, _ value: ApplicationBuilder.Value, classes: Int, activation: String
    ) -> ApplicationBuilder.Value
}

extension ApplicationNetwork {
    var topLayers: [String] { [] }

    func top(
        _ builder: inout ApplicationBuilder, _ value: ApplicationBuilder.Value, classes: Int, activation: String
    ) -> ApplicationBuilder.Value {
        builder.dense(builder.globalPooling(value), classes, activation: activation, name: "predictions")
    }
}

/// A network of `keras.applications` by name, with the variants that share the name.
struct KerasApplication: Sendable {
    /// What pictures must be for a network: the modes of `preprocess_input`.
    enum Convention: Sendable {
        /// −1…1.
        case symmetric
        /// Blue, green, red without the mean.
        case caffe
        /// Mean and deviation of ImageNet.
        case torch
        /// 0…255: the network prepares its input itself.
        case bytes
    }

    /// Name in lower case, without separators.
    let name: String
    /// Length of the sides of pictures, in pixels, where nothing else is said.
    let side: Int
    let convention: Convention
    /// The network; of several, that whose weights have the shapes of the file.
    let variants: [any ApplicationNetwork]
    /// A layer that all its files have and no other network's, in lower case.
    let mark: String

    /// The network of a name, however it is spelled; nil for an unknown one.
    static func named(_ name: String) -> KerasApplication? {
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        let name = ["mobilenetv1": "mobilenet", "resnet50v1": "resnet50", "irv2": "inceptionresnetv2"][plain] ?? plain
        return all.first { $0.name == name }
    }

    /// The network whose layers these are; nil for an unknown one.
    ///
    /// - Parameter names: names of layers, of which a network has some that no other one has.
    static func recognized(by names: some Sequence<String>) -> KerasApplication? {
        let names = Set(names.map { $0.lowercased().replacing("/", with: "_") })
        return all.first { names.contains($0.mark) }
    }
}

extension KerasApplication {
    /// All networks; of several whose marks a file may have, the larger comes first.
    static let all: [KerasApplication] =
        [
            of("vgg19", .caffe, [VGG(blocks: [2, 2, 4, 4, 4])], mark: "block5_conv4"),
            of("xception", side: 299, .symmetric, [Xception()], mark: "block14_sepconv2"),
            of("vgg16", .caffe, [VGG(blocks: [2, 2, 3, 3, 3])], mark: "block5_conv3"),
            of("resnet152v2", .symmetric, [ResNetV2(blocks: [3, 8, 36, 3])], mark: "conv4_block36_preact_bn"),
            of("resnet101v2", .symmetric, [ResNetV2(blocks: [3, 4, 23, 3])], mark: "conv4_block23_preact_bn"),
            of("resnet50v2", .symmetric, [ResNetV2(blocks: [3, 4, 6, 3])], mark: "conv4_block6_preact_bn"),
            of("densenet201", .torch, [DenseNet(blocks: [6, 12, 48, 32])], mark: "conv4_block48_0_bn"),
            of("densenet169", .torch, [DenseNet(blocks: [6, 12, 32, 32])], mark: "conv5_block32_0_bn"),
            of("densenet121", .torch, [DenseNet(blocks: [6, 12, 24, 16])], mark: "conv5_block16_0_bn"),
            of("resnet152", .caffe, [ResNet(blocks: [3, 8, 36, 3])], mark: "conv4_block36_1_conv"),
            of("resnet101", .caffe, [ResNet(blocks: [3, 4, 23, 3])], mark: "conv4_block23_1_conv"),
            of(
                "resnet50", .caffe,
                [
                    ResNet(blocks: [3, 4, 6, 3]), ResNet(blocks: [3, 4, 6, 3], epsilon: 1e-3),
                    ResNet(blocks: [3, 4, 6, 3], epsilon: 1e-3, isPadded: false),
                ], mark: "conv5_block3_1_conv"),
            of("mobilenet", .symmetric, [1, 0.75, 0.5, 0.25].map { MobileNet(alpha: $0) }, mark: "conv_dw_13"),
            of(
                "mobilenetv2", .symmetric, [1, 1.4, 1.3, 0.75, 0.5, 0.35].map { MobileNetV2(alpha: $0) },
                mark: "block_16_project"),
            of(
                "mobilenetv3large", .bytes, [1, 0.75].map { scaled(MobileNetV3.large, $0) },
                mark: "expanded_conv_14_project"),
            of(
                "mobilenetv3small", .bytes, [1, 0.75].map { scaled(MobileNetV3.small, $0) },
                mark: "expanded_conv_10_project"),
            of("inceptionresnetv2", side: 299, .symmetric, [InceptionResNetV2()], mark: "block35_1_conv"),
            of("inceptionv3", side: 299, .symmetric, [InceptionV3()], mark: "mixed9_1"),
        ] + efficientNets.reversed()

    private static let efficientNets: [KerasApplication] = [
        efficientNet(0, 1, 1, 224, mark: "block6d_dwconv"), efficientNet(1, 1, 1.1, 240, mark: "block6e_dwconv"),
        efficientNet(2, 1.1, 1.2, 260, mark: "block6e_dwconv"), efficientNet(3, 1.2, 1.4, 300, mark: "block6f_dwconv"),
        efficientNet(4, 1.4, 1.8, 380, mark: "block6h_dwconv"), efficientNet(5, 1.6, 2.2, 456, mark: "block6i_dwconv"),
        efficientNet(6, 1.8, 2.6, 528, mark: "block6k_dwconv"), efficientNet(7, 2, 3.1, 600, mark: "block6m_dwconv"),
    ]

    private static func of(
        _ name: String, side: Int = 224, _ convention: Convention, _ variants: [any ApplicationNetwork], mark: String
    ) -> KerasApplication {
        KerasApplication(name: name, side: side, convention: convention, variants: variants, mark: mark)
    }

    private static func efficientNet(
        _ number: Int, _ width: Double, _ depth: Double, _ side: Int, mark: String
    ) -> KerasApplication {
        let variants = [false, true].map { EfficientNet(width: width, depth: depth, hasSecondRescaling: $0) }
        return of("efficientnetb\(number)", side: side, .bytes, variants, mark: mark)
    }

    private static func scaled(_ network: MobileNetV3, _ alpha: Double) -> MobileNetV3 {
        var network = network
        network.alpha = alpha
        return network
    }
}
