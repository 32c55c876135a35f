import JSON

/// Every type of Keras layer that can be read.
enum KerasLayers {
    /// The converter of a type; nil where the type is not supported.
    static func converter(of type: String) -> (any KerasLayerConverter.Type)? { table[type] }

    /// Names of all supported types, sorted; operations of Keras 3 are named `ops.Add` and so on.
    static var supportedTypes: [String] { groups.flatMap(\.types).sorted() }

    /// All supported types by what they are for, as the documentation lists them.
    static let groups: [(title: String, types: [String])] =
        [
            (
                "Models and wrappers",
                ["Sequential", "Functional", "InputLayer", "TimeDistributed", "SpectralNormalization"]
            )
        ]
        + converters.map { ($0.title, $0.layers.map(\.type)) }

    private typealias Entry = (type: String, converter: any KerasLayerConverter.Type)

    private static let table: [String: any KerasLayerConverter.Type] = {
        var table: [String: any KerasLayerConverter.Type] = [:]
        for entry in converters.lazy.flatMap(\.layers) { table[entry.type] = entry.converter }
        return table
    }()

    private static let converters: [(title: String, layers: [Entry])] = [
        ("Dense and convolution", dense), ("Normalisation", normalization), ("Pooling", pooling), ("Shape", shape),
        ("Recurrence", recurrence), ("Attention and embedding", attention), ("Activation", activation),
        ("Merging", merging), ("Operations between layers", operations),
        ("Of keras.applications", applications),
        ("Without effect after training", trainingOnly.map { ($0, PassingLayer.self) }),
    ]

    private static let applications: [Entry] = [
        ("CustomScaleLayer", CustomScaleLayer.self), ("LayerScale", LayerScaleLayer.self),
    ]

    private static let dense: [Entry] = [
        ("Dense", DenseLayer.self), ("EinsumDense", EinsumDenseLayer.self), ("Conv1D", ConvolutionLayer1D.self),
        ("Conv2D", ConvolutionLayer2D.self), ("Conv3D", ConvolutionLayer3D.self),
        ("Convolution1D", ConvolutionLayer1D.self), ("Convolution2D", ConvolutionLayer2D.self),
        ("Convolution3D", ConvolutionLayer3D.self), ("AtrousConvolution1D", ConvolutionLayer1D.self),
        ("AtrousConvolution2D", ConvolutionLayer2D.self), ("Conv1DTranspose", TransposedConvolutionLayer1D.self),
        ("Conv2DTranspose", TransposedConvolutionLayer2D.self), ("Conv3DTranspose", TransposedConvolutionLayer3D.self),
        ("Convolution1DTranspose", TransposedConvolutionLayer1D.self),
        ("Convolution2DTranspose", TransposedConvolutionLayer2D.self),
        ("Convolution3DTranspose", TransposedConvolutionLayer3D.self),
        ("Deconvolution2D", TransposedConvolutionLayer2D.self), ("Deconvolution3D", TransposedConvolutionLayer3D.self),
        ("DepthwiseConv1D", DepthwiseLayer1D.self), ("DepthwiseConv2D", DepthwiseLayer2D.self),
        ("SeparableConv1D", SeparableLayer1D.self), ("SeparableConv2D", SeparableLayer2D.self),
        ("SeparableConvolution1D", SeparableLayer1D.self), ("SeparableConvolution2D", SeparableLayer2D.self),
    ]

    private static let normalization: [Entry] = [
        ("BatchNormalization", BatchNormalizationLayer.self), ("BatchNormalizationV1", BatchNormalizationLayer.self),
        ("BatchNormalizationV2", BatchNormalizationLayer.self),
        ("SyncBatchNormalization", BatchNormalizationLayer.self), ("LayerNormalization", LayerNormalizationLayer.self),
        ("GroupNormalization", GroupNormalizationLayer.self), ("RMSNormalization", RMSNormalizationLayer.self),
        ("UnitNormalization", UnitNormalizationLayer.self), ("Normalization", NormalizationLayer.self),
        ("Rescaling", RescalingLayer.self),
    ]

    private static let pooling: [Entry] = [
        ("MaxPooling1D", MaxPoolingLayer1D.self), ("MaxPooling2D", MaxPoolingLayer2D.self),
        ("MaxPooling3D", MaxPoolingLayer3D.self), ("AveragePooling1D", AveragePoolingLayer1D.self),
        ("AveragePooling2D", AveragePoolingLayer2D.self), ("AveragePooling3D", AveragePoolingLayer3D.self),
        ("GlobalMaxPooling1D", GlobalMaxPoolingLayer1D.self), ("GlobalMaxPooling2D", GlobalMaxPoolingLayer2D.self),
        ("GlobalMaxPooling3D", GlobalMaxPoolingLayer3D.self),
        ("GlobalAveragePooling1D", GlobalAveragePoolingLayer1D.self),
        ("GlobalAveragePooling2D", GlobalAveragePoolingLayer2D.self),
        ("GlobalAveragePooling3D", GlobalAveragePoolingLayer3D.self),
        ("AdaptiveAveragePooling1D", AdaptiveAveragePoolingLayer1D.self),
        ("AdaptiveAveragePooling2D", AdaptiveAveragePoolingLayer2D.self),
        ("AdaptiveAveragePooling3D", AdaptiveAveragePoolingLayer3D.self),
        ("AdaptiveMaxPooling1D", AdaptiveMaxPoolingLayer1D.self),
        ("AdaptiveMaxPooling2D", AdaptiveMaxPoolingLayer2D.self),
        ("AdaptiveMaxPooling3D", AdaptiveMaxPoolingLayer3D.self),
    ]

    private static let shape: [Entry] = [
        ("Flatten", FlattenLayer.self), ("Reshape", ReshapeLayer.self), ("Permute", PermuteLayer.self),
        ("RepeatVector", RepeatVectorLayer.self), ("ZeroPadding1D", ZeroPaddingLayer1D.self),
        ("ZeroPadding2D", ZeroPaddingLayer2D.self), ("ZeroPadding3D", ZeroPaddingLayer3D.self),
        ("Cropping1D", CroppingLayer1D.self), ("Cropping2D", CroppingLayer2D.self),
        ("Cropping3D", CroppingLayer3D.self), ("UpSampling1D", UpSamplingLayer1D.self),
        ("UpSampling2D", UpSamplingLayer2D.self), ("UpSampling3D", UpSamplingLayer3D.self),
        ("Resizing", ResizingLayer.self), ("CenterCrop", CenterCropLayer.self),
    ]

    private static let recurrence: [Entry] = [
        ("LSTM", RecurrentLayer.self), ("GRU", RecurrentLayer.self), ("SimpleRNN", RecurrentLayer.self),
        ("RNN", RecurrentLayer.self), ("LSTMV1", RecurrentLayer.self), ("LSTMV2", RecurrentLayer.self),
        ("GRUV1", RecurrentLayer.self), ("GRUV2", RecurrentLayer.self), ("CuDNNLSTM", RecurrentLayer.self),
        ("CuDNNGRU", RecurrentLayer.self), ("ConvLSTM1D", RecurrentLayer.self), ("ConvLSTM2D", RecurrentLayer.self),
        ("ConvLSTM3D", RecurrentLayer.self), ("Bidirectional", BidirectionalLayer.self), ("Masking", MaskingLayer.self),
    ]

    private static let attention: [Entry] = [
        ("Embedding", EmbeddingLayer.self), ("MultiHeadAttention", MultiHeadAttentionLayer.self),
        ("GroupedQueryAttention", MultiHeadAttentionLayer.self), ("GroupQueryAttention", MultiHeadAttentionLayer.self),
        ("Attention", AttentionLayer.self), ("AdditiveAttention", AdditiveAttentionLayer.self),
    ]

    private static let activation: [Entry] = [
        ("Activation", ActivationLayer.self), ("ReLU", ReLULayer.self), ("LeakyReLU", LeakyReLULayer.self),
        ("ELU", ELULayer.self), ("PReLU", PReLULayer.self), ("Softmax", SoftmaxLayer.self),
        ("ThresholdedReLU", ThresholdedReLULayer.self),
    ]

    private static let merging: [Entry] = [
        ("Add", AddLayer.self), ("Subtract", SubtractLayer.self), ("Multiply", MultiplyLayer.self),
        ("Average", AverageLayer.self), ("Maximum", MaximumLayer.self), ("Minimum", MinimumLayer.self),
        ("Concatenate", ConcatenateLayer.self), ("Dot", DotLayer.self),
    ]

    private static let operations: [Entry] =
        OperationLayer.kerasTypes.map { ("ops.\($0)", OperationLayer.self) } + [
            ("TFOpLambda", OperationLayer.self), ("SlicingOpLambda", OperationLayer.self),
            ("TensorFlowOpLayer", OperationLayer.self),
        ]

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
}
