import JSON
import Tensors

/// Tells what values the input of a Keras model takes, from what its first layers do with them.
struct KerasInputGuess {
    let weights: any KerasWeightSource
    /// The description of the model, for the numbers of bare operations.
    let json: JSONValue

    /// The belief about a model of one picture; nil for models of anything else.
    func guess(_ network: KerasNetwork) -> InputGuess? {
        guard network.inputs.count == 1, let shape = network.inputShape, let channels = Self.channels(of: shape) else {
            return nil
        }
        var name = network.inputs[0].layer
        var outer = network
        var inner = network
        var path = KerasLayerPath()
        // The input is followed from layer to layer as long as only one reads it.
        for _ in 0..<64 {
            let readers = inner.layers.filter { $0.calls.contains { $0.contains { $0.layer == name } } }
            guard let layer = readers.count == 1 ? readers.first : Self.joined(readers, in: inner) else { break }
            if let known = step(layer, path.appending(layer), channels) { return known }
            if let network = layer.network {
                outer = inner
                inner = network
                path = path.appending(layer)
                guard let input = network.inputs.first, network.inputs.count == 1 else { break }
                name = input.layer
                // The way back out is taken where a model of augmentation layers ends.
                if network.layers.allSatisfy({ Self.isPassing($0) }) {
                    (name, inner, path) = (layer.name, outer, KerasLayerPath())
                }
            } else if Self.isPassing(layer) {
                name = layer.name
            } else {
                break
            }
        }
        return application(in: network, inner, channels)
            ?? InputGuess(
                .unit(channels), .assumed, reason: "nothing in the model tells; values 0…1 are the most common")
    }

    // MARK: Shapes

    /// The channels of pictures of a shape; nil for shapes that are no picture's.
    private static func channels(of shape: [Int?]) -> InputConvention.Channels? {
        func kind(_ count: Int?) -> InputConvention.Channels? { count == 1 ? .gray : count == 3 ? .rgb : nil }
        func isSquare(_ count: Int) -> Bool {
            let side = Int(Double(count).squareRoot())
            return side >= 4 && side * side == count
        }
        switch shape.count {
        case 4: return kind(shape[3]) ?? kind(shape[1])
        case 3: return shape[1] != nil && shape[1] == shape[2] ? .gray : nil
        case 2:
            guard let count = shape[1] else { return nil }
            return isSquare(count) ? .gray : count % 3 == 0 && isSquare(count / 3) ? .rgb : nil
        default: return nil
        }
    }

    /// Whether a layer leaves values as they are, whatever it does to their places.
    private static func isPassing(_ layer: KerasLayer) -> Bool {
        let moving: Set = [
            "InputLayer", "Reshape", "Permute", "Flatten", "Resizing", "CenterCrop", "Dropout", "Identity",
        ]
        return moving.contains(layer.type) || layer.type.hasPrefix("Random") || layer.type.hasPrefix("ZeroPadding")
            || layer.type.hasPrefix("Cropping") || layer.type == "GaussianNoise"
            || movingOperations.contains(operationName(of: layer))
    }

    private static let movingOperations: Set = [
        "cast", "converttotensor", "expanddims", "flip", "getitem", "identity", "squeeze", "stack", "transpose",
    ]

    /// `expanddims` for `tf.expand_dims` and for `ExpandDims`.
    private static func operationName(of layer: KerasLayer) -> String {
        let function = layer.config.value("function")?.stringValue ?? layer.type
        return function.split(separator: ".").last.map { $0.lowercased().filter { $0 != "_" } } ?? ""
    }

    /// The layer that puts the channels together again, as Keras 3 writes the turning of RGB to BGR.
    private static func joined(_ parts: [KerasLayer], in network: KerasNetwork) -> KerasLayer? {
        let names = Set(parts.map(\.name))
        guard parts.count == 3, parts.allSatisfy({ operationName(of: $0) == "getitem" }) else { return nil }
        let readers = network.layers.filter { $0.calls.contains { $0.contains { names.contains($0.layer) } } }
        guard readers.count == 1, operationName(of: readers[0]) == "stack" else { return nil }
        return readers[0]
    }

    // MARK: Layers that prepare values

    private func step(
        _ layer: KerasLayer, _ path: KerasLayerPath, _ channels: InputConvention.Channels
    ) -> InputGuess? {
        switch layer.type {
        case "Rescaling":
            guard let scale = (try? layer.config.numbers("scale"))??.first else { return nil }
            let offset = (try? layer.config.numbers("offset"))??.first ?? 0
            return Self.prepared(channels, scale: scale, offset: offset, by: layer)
        case "Normalization":
            guard let mean = statistic("mean", of: layer, path), let largest = mean.max() else { return nil }
            if largest > 2 { return Self.stated(.bytes(channels), by: layer) }
            return largest > 0.01 ? Self.stated(.unit(channels), by: layer) : nil
        case "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2":
            guard let mean = statistic("moving_mean", of: layer, path), let largest = mean.max(),
                mean.allSatisfy({ $0 >= -0.01 }), largest > 0.01
            else { return nil }
            let reason = "the first layer '\(layer.name)' has seen values with a mean of \(Self.short(largest))"
            return InputGuess(largest > 2 ? .bytes(channels) : .unit(channels), .inferred, reason: reason)
        default:
            return operation(layer, channels)
        }
    }

    /// `x / 127.5`, `x - 1` and their like, written as operations.
    private func operation(_ layer: KerasLayer, _ channels: InputConvention.Channels) -> InputGuess? {
        guard let number = constant(of: layer), number != 0 else { return nil }
        switch Self.operationName(of: layer) {
        case "truediv", "divide", "truedivide":
            return Self.prepared(channels, scale: 1 / number, offset: 0, by: layer)
        case "multiply", "mul": return Self.prepared(channels, scale: number, offset: 0, by: layer)
        case "subtract", "sub": return Self.prepared(channels, scale: 1, offset: -number, by: layer)
        case "add", "biasadd": return Self.prepared(channels, scale: 1, offset: number, by: layer)
        default: return nil
        }
    }

    /// The number that an operation of the outermost model combines with its input.
    private func constant(of layer: KerasLayer) -> Double? {
        let entry = json["config"]?["layers"]?.arrayValue?.first {
            ($0["name"] ?? $0["config"]?["name"])?.stringValue == layer.name
        }
        guard let call = entry?["inbound_nodes"]?[0] else { return nil }
        let first = call[0]?.stringValue != nil ? call : call[0] ?? .null
        let old = (first[3]?["y"] ?? first[3]?["bias"]).flatMap { Self.number($0) }
        let new = (call["args"]?.arrayValue?.lazy.compactMap { Self.number($0) }.first)
        return old ?? new ?? call["kwargs"]?["y"].flatMap { Self.number($0) }
    }

    /// A number, or the first of a tensor of them.
    private static func number(_ value: JSONValue) -> Double? {
        var value =
            value["class_name"]?.stringValue?.hasPrefix("__") == true ? value["config"]?["value"] ?? .null : value
        for _ in 0..<8 {
            guard let first = value.arrayValue?.first else { break }
            value = first
        }
        return value.doubleValue
    }

    private func statistic(_ name: String, of layer: KerasLayer, _ path: KerasLayerPath) -> [Double]? {
        if let stated = try? layer.config.numbers(name) { return stated }
        guard let declared = try? KerasLayers.converter(of: layer.type)?.weights(layer.config),
            let position = declared.firstIndex(where: { $0.name == name }),
            let places = try? weights.places(of: declared, at: path), places.indices.contains(position)
        else { return nil }
        let tensor = try? weights.tensor(
            of: declared[position], at: places[position], for: layer.config, maximumElements: 1 << 16)
        guard let values = tensor?.values, !values.isEmpty, values.allSatisfy(\.isFinite) else { return nil }
        return values.map(Double.init)
    }

    /// What goes into `scale · x + offset`: the first step of a preparation is enough to tell.
    private static func prepared(
        _ channels: InputConvention.Channels, scale: Double, offset: Double, by layer: KerasLayer
    ) -> InputGuess? {
        guard scale.isFinite, offset.isFinite, scale != 0 else { return nil }
        let isSmall = abs(scale) < 0.05
        let isShifted = scale == 1 && abs(offset) > 2
        if scale == 1, offset == 0 { return nil }
        return stated(isSmall || isShifted ? .bytes(channels) : .unit(channels), by: layer)
    }

    private static func stated(_ convention: InputConvention, by layer: KerasLayer) -> InputGuess {
        let range = convention.scale == 1 ? "0…255" : "0…1"
        return InputGuess(
            convention, .stated, reason: "the model prepares values \(range) itself, in layer '\(layer.name)'")
    }

    private static func short(_ number: Double) -> String { "\((number * 100).rounded() / 100)" }

    // MARK: Known networks

    /// The convention of a network of `keras.applications` that nothing has prepared values for.
    private func application(
        in network: KerasNetwork, _ inner: KerasNetwork, _ channels: InputConvention.Channels
    ) -> InputGuess? {
        guard channels == .rgb else { return nil }
        let names = inner.layers.map(\.name) + network.layers.map(\.name)
        guard let (name, convention) = KerasApplication.convention(of: names) else { return nil }
        let values: InputConvention =
            switch convention {
            case .symmetric: .symmetric(.rgb)
            case .caffe: .caffe
            case .torch: .imageNet
            case .bytes: .bytes(.rgb)
            }
        return InputGuess(
            values, .inferred,
            reason:
                "this is the convention of \(name), whose layers the model has; some train a head on it with 0…1 instead"
        )
    }
}

extension KerasApplication {
    /// Name and convention of the network whose layers these are; nil for an unknown one.
    static func convention(of names: [String]) -> (name: String, convention: Convention)? {
        if let application = recognized(by: names) { return (application.name, application.convention) }
        let names = Set(names)
        if names.contains("res5c_branch2c") { return ("resnet50", .caffe) }
        return names.contains("stem_bn1") && names.contains("stem_conv1") ? ("nasnet", .symmetric) : nil
    }
}
