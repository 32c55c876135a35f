import JSON

/// One layer of Keras 1, to be described in the words of Keras 2.
struct KerasOneLayer {
    let config: KerasConfig
    /// Where channels lie when the layer does not say it.
    let isChannelsFirst: Bool

    /// Type and settings in the words of Keras 2.
    func translated() throws(ModelFileError) -> (type: String, settings: JSONObject) {
        var settings = config.values
        for (old, new) in Self.names { rename(old, new, &settings) }
        if let order = config.value("dim_ordering") {
            guard order == "th" || order == "tf" else { throw config.damaged("'dim_ordering' is \(order.text())") }
            settings["data_format"] = order == "th" ? "channels_first" : "channels_last"
        } else if Self.spatialTypes.contains(config.type), config.values["data_format"] == nil {
            settings["data_format"] = isChannelsFirst ? "channels_first" : "channels_last"
        }
        let type = Self.types[config.type] ?? config.type
        switch type {
        case "Conv1D":
            settings["kernel_size"] = [.integer(try config.count("filter_length"))]
            settings["strides"] = [.integer(try config.count("subsample_length", default: 1))]
            if let rate = config.value("atrous_rate") { settings["dilation_rate"] = rate }
        case "Conv2D", "SeparableConv2D", "Conv2DTranspose":
            settings["kernel_size"] = [.integer(try config.count("nb_row")), .integer(try config.count("nb_col"))]
            if let rate = config.value("atrous_rate") { settings["dilation_rate"] = rate }
        case "Conv3D":
            settings["kernel_size"] = .array(
                try ["kernel_dim1", "kernel_dim2", "kernel_dim3"].map { key throws(ModelFileError) in
                    .integer(try config.count(key))
                })
        case "Dense", "Embedding", "SimpleRNN", "LSTM", "GRU": break
        case "MaxPooling1D", "AveragePooling1D":
            settings["pool_size"] = .integer(try config.count("pool_length", default: 2))
            if let stride = config.value("stride") { settings["strides"] = stride }
        case "BatchNormalization":
            let mode = try config.int("mode", default: 0)
            guard mode == 0 else { throw config.unsupported("has mode \(mode), which normalizes by the batch at hand") }
        case "ZeroPadding2D": if let padding = try borders() { settings["padding"] = padding }
        case "Merge": return try merge(settings)
        default: break
        }
        return (type, try named(type, settings))
    }

    /// The units of layers are an "output dimension", except that of an embedding.
    private func named(_ type: String, _ settings: JSONObject) throws(ModelFileError) -> JSONObject {
        var settings = settings
        if ["Dense", "SimpleRNN", "LSTM", "GRU"].contains(type) {
            settings["units"] = .integer(try config.count("output_dim"))
            // It is what the layer reads, not the shape of the model's input.
            if config.value("input_length") != nil || config.value("batch_input_shape") != nil {
                settings["input_dim"] = nil
            }
            if type == "GRU" { settings["reset_after"] = false }
        }
        if settings["padding"] == "full" {
            throw config.unsupported("has the border mode 'full', which is not supported")
        }
        return settings
    }

    private func rename(_ old: String, _ new: String, _ settings: inout JSONObject) {
        if let value = settings[old], settings[new] == nil { settings[new] = value }
    }

    /// Settings that have only another name.
    private static let names = [
        ("nb_filter", "filters"), ("border_mode", "padding"), ("subsample", "strides"), ("bias", "use_bias"),
        ("p", "rate"),
        ("inner_activation", "recurrent_activation"),
    ]

    /// Layers that have only another name.
    private static let types = [
        "Convolution1D": "Conv1D", "Convolution2D": "Conv2D", "Convolution3D": "Conv3D",
        "AtrousConvolution1D": "Conv1D", "AtrousConvolution2D": "Conv2D", "AtrousConv1D": "Conv1D",
        "AtrousConv2D": "Conv2D", "SeparableConvolution2D": "SeparableConv2D", "Deconvolution2D": "Conv2DTranspose",
        "TimeDistributedDense": "Dense",
    ]

    /// Layers that follow the installation's order of axes, and some of which did not save it.
    private static let spatialTypes: Set = [
        "Convolution2D", "Convolution3D", "AtrousConvolution2D", "SeparableConvolution2D", "Deconvolution2D",
        "ZeroPadding2D", "ZeroPadding3D", "Cropping2D", "Cropping3D", "UpSampling2D", "UpSampling3D",
    ]

    /// Paddings given as four numbers or by the names of the sides.
    private func borders() throws(ModelFileError) -> JSONValue? {
        guard let value = config.value("padding") else { return nil }
        let sides: [JSONValue]? =
            value.objectValue != nil
            ? ["top_pad", "bottom_pad", "left_pad", "right_pad"].map { value[$0] ?? 0 }
            : value.arrayValue?.count == 4 ? value.arrayValue : nil
        guard let sides else { return value }
        return [[sides[0], sides[1]], [sides[2], sides[3]]]
    }

    private func merge(_ settings: JSONObject) throws(ModelFileError) -> (String, JSONObject) {
        guard config.value("mode_type")?.stringValue ?? "raw" == "raw", let mode = config.value("mode")?.stringValue
        else {
            throw ModelFileError(
                .refused, "layer '\(config.layer)' (Merge) runs code to combine its values and is refused")
        }
        var result = JSONObject.settings(["name": .string(config.layer)])
        switch mode {
        case "sum": return ("Add", result)
        case "mul": return ("Multiply", result)
        case "ave": return ("Average", result)
        case "max": return ("Maximum", result)
        case "concat":
            result["axis"] = .integer(try config.int("concat_axis", default: -1))
            return ("Concatenate", result)
        case "dot", "cos":
            result["axes"] = try axes()
            result["normalize"] = .bool(mode == "cos")
            return ("Dot", result)
        default: throw config.unsupported("has the mode '\(mode)', which is not supported")
        }
    }

    /// `2`, `[2, 2]` or `[[2], [2]]`.
    private func axes() throws(ModelFileError) -> JSONValue {
        guard let value = config.value("dot_axes") else { return -1 }
        if value.intValue != nil { return value }
        let axes = (value.arrayValue ?? []).map { axis in axis.arrayValue?.count == 1 ? axis[0] ?? axis : axis }
        guard axes.count == 2, axes.allSatisfy({ $0.intValue != nil }) else {
            throw config.unsupported("combines over the axes \(value.text()), which is not supported")
        }
        return .array(axes)
    }
}
