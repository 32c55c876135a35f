/// The layers of PyTorch that are known, by the name of their class.
enum TorchLayers {
    /// The converter of a class; nil for one that is not known.
    static func converter(of type: String) -> (any TorchLayerConverter.Type)? { table[type] }

    /// Names of all classes, sorted.
    static var names: [String] { table.keys.sorted() }

    private static let table: [String: any TorchLayerConverter.Type] = {
        var table: [String: any TorchLayerConverter.Type] = [:]
        let kinds: [([String], any TorchLayerConverter.Type)] = [
            (["Linear", "LazyLinear"], TorchLinear.self),
            (["Conv1d", "Conv2d", "Conv3d", "LazyConv1d", "LazyConv2d", "LazyConv3d"], TorchConvolution.self),
            (["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"], TorchTransposedConvolution.self),
            (["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"], TorchBatchNorm.self),
            (["InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"], TorchInstanceNorm.self),
            (["LayerNorm"], TorchLayerNorm.self), (["GroupNorm"], TorchGroupNorm.self),
            (["LocalResponseNorm"], TorchLocalResponseNorm.self),
            (["PReLU"], TorchPReLU.self), (["Softmax", "LogSoftmax", "Softmin", "Softmax2d"], TorchSoftmax.self),
            (["GLU"], TorchGLU.self),
            (["MaxPool1d", "MaxPool2d", "MaxPool3d"], TorchMaxPool.self),
            (["AvgPool1d", "AvgPool2d", "AvgPool3d"], TorchAveragePool.self),
            (
                ["AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d"],
                TorchAdaptiveAveragePool.self
            ),
            (["AdaptiveMaxPool1d", "AdaptiveMaxPool2d", "AdaptiveMaxPool3d"], TorchAdaptiveMaxPool.self),
            (["Flatten"], TorchFlatten.self), (["Unflatten", "Reshape", "View"], TorchUnflatten.self),
            (
                [
                    "ZeroPad1d", "ZeroPad2d", "ZeroPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
                    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
                    "ReplicationPad3d",
                ], TorchPad.self
            ),
            (["Upsample", "UpsamplingNearest2d", "UpsamplingBilinear2d"], TorchUpsample.self),
            (["PixelShuffle", "PixelUnshuffle"], TorchPixelShuffle.self),
            (
                ["Identity", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"],
                TorchIdentity.self
            ),
        ]
        for (names, converter) in kinds {
            for name in names { table[name] = converter }
        }
        for name in TorchActivationLayer.names { table[name] = TorchActivationLayer.self }
        return table
    }()
}
