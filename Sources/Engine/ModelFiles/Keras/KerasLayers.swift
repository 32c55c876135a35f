import JSON

/// Every type of Keras layer that can be read.
enum KerasLayers {
    /// The converter of a type; nil where the type is not supported.
    static func converter(of type: String) -> (any KerasLayerConverter.Type)? { table[type] }

    /// Names of all supported types, sorted.
    static var supportedTypes: [String] { (Array(table.keys) + ["Functional", "InputLayer", "Sequential"]).sorted() }

    private static let table: [String: any KerasLayerConverter.Type] = {
        var table: [String: any KerasLayerConverter.Type] = [
            "Dense": DenseLayer.self,
            "Conv1D": ConvolutionLayer1D.self, "Conv2D": ConvolutionLayer2D.self, "Conv3D": ConvolutionLayer3D.self,
            "Convolution1D": ConvolutionLayer1D.self, "Convolution2D": ConvolutionLayer2D.self,
            "DepthwiseConv2D": DepthwiseConvolutionLayer.self,
            "SeparableConv2D": SeparableConvolutionLayer.self, "SeparableConvolution2D": SeparableConvolutionLayer.self,
            "BatchNormalization": BatchNormalizationLayer.self, "BatchNormalizationV1": BatchNormalizationLayer.self,
            "BatchNormalizationV2": BatchNormalizationLayer.self,
            "Normalization": NormalizationLayer.self, "Rescaling": RescalingLayer.self,
            "MaxPooling1D": MaxPoolingLayer1D.self, "MaxPooling2D": MaxPoolingLayer2D.self,
            "AveragePooling1D": AveragePoolingLayer1D.self, "AveragePooling2D": AveragePoolingLayer2D.self,
            "GlobalMaxPooling1D": GlobalMaxPoolingLayer1D.self, "GlobalMaxPooling2D": GlobalMaxPoolingLayer2D.self,
            "GlobalAveragePooling1D": GlobalAveragePoolingLayer1D.self,
            "GlobalAveragePooling2D": GlobalAveragePoolingLayer2D.self,
            "Flatten": FlattenLayer.self, "Reshape": ReshapeLayer.self, "Permute": PermuteLayer.self,
            "ZeroPadding2D": ZeroPaddingLayer.self, "Cropping2D": CroppingLayer.self,
            "UpSampling2D": UpSamplingLayer.self,
            "Activation": ActivationLayer.self, "ReLU": ReLULayer.self, "LeakyReLU": LeakyReLULayer.self,
            "ELU": ELULayer.self, "PReLU": PReLULayer.self, "Softmax": SoftmaxLayer.self,
            "ThresholdedReLU": ThresholdedReLULayer.self,
            "Add": AddLayer.self, "Subtract": SubtractLayer.self, "Multiply": MultiplyLayer.self,
            "Average": AverageLayer.self, "Maximum": MaximumLayer.self, "Minimum": MinimumLayer.self,
            "Concatenate": ConcatenateLayer.self,
            "CustomScaleLayer": CustomScaleLayer.self, "LayerScale": LayerScaleLayer.self,
        ]
        for type in trainingOnly { table[type] = PassingLayer.self }
        return table
    }()

    /// Layers that do nothing once a model is trained.
    private static let trainingOnly = [
        "ActivityRegularization", "AlphaDropout", "Dropout", "FixedDropout", "GaussianDropout", "GaussianNoise",
        "Identity",
        "RandomBrightness", "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform",
        "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue",
        "RandomInvert", "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation",
        "RandomSharpness", "RandomShear", "RandomTranslation", "RandomWidth", "RandomZoom", "SpatialDropout1D",
        "SpatialDropout2D", "SpatialDropout3D", "StochasticDepth",
    ]

    /// Why a layer of an unknown type is refused.
    static func refusal(of config: KerasConfig) -> ModelFileError {
        let start = "layer '\(config.layer)' has type \(config.type), which"
        switch config.type {
        case "Lambda":
            return ModelFileError(.refused, "\(start) runs code and is refused")
        case "TFOpLambda", "SlicingOpLambda", "TensorFlowOpLayer", "ClassMethod", "InstanceMethod", "InstanceProperty":
            return ModelFileError(
                .refused, "\(start) calls any function of TensorFlow by its name and is refused; use layers instead")
        default:
            return ModelFileError(.unsupported, "\(start) is not supported")
        }
    }

    /// Refuses layers whose weights are stored as small integers with scales.
    static func checkPrecision(of config: KerasConfig) throws(ModelFileError) {
        let policy = config.value("dtype")
        let name = policy?.stringValue ?? policy?["config"]?["name"]?.stringValue ?? ""
        for quantized in ["int8", "int4", "float8"] where name.hasPrefix(quantized) {
            throw config.unsupported("is quantized to \(quantized), which is not supported")
        }
    }
}
