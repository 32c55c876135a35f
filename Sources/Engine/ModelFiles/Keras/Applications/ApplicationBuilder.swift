import JSON

/// Writes the description of a network layer by layer, in the words in which Keras itself describes it.
///
/// Layers without a name of their own are numbered by type in the order in which they are made, as in Keras.
struct ApplicationBuilder {
    /// The output of a layer.
    struct Value {
        let layer: String
        var channels: Int
        /// Height and width; nil behind layers that leave none.
        var size: (height: Int, width: Int)?
    }

    /// A layer.
    struct Node {
        let name: String
        let type: String
        let config: JSONObject
        /// Layers whose outputs it reads.
        let inputs: [String]
        /// Shape of the kernel of a `Conv2D`; nil for other layers.
        let kernel: [Int]?
    }

    private var nodes: [Node] = []
    private var positions: [String: Int] = [:]
    private var numbers: [String: Int] = [:]

    /// Names of the layers without a name of their own by type in snake case, in the order in which they were made.
    private(set) var numbered: [String: [String]] = [:]

    /// Adds a layer.
    mutating func add(
        _ type: String, _ inputs: [Value], _ config: JSONObject, name: String?, channels: Int,
        size: (height: Int, width: Int)?, kernel: [Int]? = nil
    ) -> Value {
        let name = name ?? number(type)
        positions[name] = nodes.count
        nodes.append(Node(name: name, type: type, config: config, inputs: inputs.map(\.layer), kernel: kernel))
        return Value(layer: name, channels: channels, size: size)
    }

    private mutating func number(_ type: String) -> String {
        let base = KerasLayer.snakeCase(type)
        let number = numbers[base, default: 0]
        numbers[base] = number + 1
        let name = number == 0 ? base : "\(base)_\(number)"
        numbered[base, default: []].append(name)
        return name
    }

    // MARK: The description

    /// The network from its input layer to a value, as a Functional model.
    ///
    /// - Parameter names: other names for some of the layers.
    func description(to output: Value, name: String, renaming names: [String: String] = [:]) -> JSONValue {
        func renamed(_ name: String) -> JSONValue { .string(names[name] ?? name) }
        let layers = ordered(to: output).map { node -> JSONValue in
            let inputs: [JSONValue] = node.inputs.map { [renamed($0), 0, 0, [:]] }
            var config = node.config
            config["name"] = renamed(node.name)
            return [
                "class_name": .string(node.type), "name": renamed(node.name), "config": .object(config),
                "inbound_nodes": inputs.isEmpty ? [] : [.array(inputs)],
            ]
        }
        return [
            "class_name": "Functional",
            "config": [
                "name": .string(name), "layers": .array(layers), "input_layers": [[renamed(nodes[0].name), 0, 0]],
                "output_layers": [[renamed(output.layer), 0, 0]],
            ],
        ]
    }

    /// The input layer on its own, as the first layer of a Sequential model.
    func inputDescription(_ shape: [Int]) -> JSONValue {
        let batch: JSONValue = .array([.null] + shape.map(\.json))
        return ["class_name": "InputLayer", "config": ["name": "input_1", "batch_input_shape": batch]]
    }

    /// The layers behind a value up to another one, as layers of a Sequential model.
    func layers(from start: Value, to end: Value) -> [JSONValue] {
        ordered(to: end).filter { $0.name != start.layer }.map { node in
            var config = node.config
            config["name"] = .string(node.name)
            return ["class_name": .string(node.type), "config": .object(config)]
        }
    }

    /// The layers in the order in which Keras keeps those of a Functional model: those farthest from the output
    /// first, and of equal distance in the order in which a walk from the output meets them.
    func ordered(to output: Value) -> [Node] {
        var met: [Int] = []
        var finished: [Int] = []
        var isMet = Array(repeating: false, count: nodes.count)
        func walk(_ position: Int) {
            guard !isMet[position] else { return }
            isMet[position] = true
            met.append(position)
            for input in nodes[position].inputs { if let before = positions[input] { walk(before) } }
            finished.append(position)
        }
        if let last = positions[output.layer] { walk(last) }
        var distances = Array(repeating: 0, count: nodes.count)
        for position in finished.reversed() {
            for input in nodes[position].inputs.compactMap({ positions[$0] }) {
                distances[input] = max(distances[input], distances[position] + 1)
            }
        }
        let order = met.enumerated().sorted {
            (-distances[$0.element], $0.offset) < (-distances[$1.element], $1.offset)
        }
        return order.map { nodes[$0.element] }
    }
}

// MARK: Layers

extension ApplicationBuilder {
    mutating func input(_ shape: [Int]) -> Value {
        let config: JSONObject = JSONObject.settings(["batch_input_shape": .array([.null] + shape.map(\.json))])
        return add("InputLayer", [], config, name: "input_1", channels: shape[2], size: (shape[0], shape[1]))
    }

    mutating func convolution(
        _ value: Value, _ filters: Int, _ kernel: (Int, Int), stride: Int = 1, isSame: Bool = false,
        hasBias: Bool = true,
        activation: String = "linear", name: String? = nil
    ) -> Value {
        let config = JSONObject.settings([
            "filters": filters.json, "kernel_size": [.integer(kernel.0), .integer(kernel.1)],
            "strides": [.integer(stride), .integer(stride)], "padding": isSame ? "same" : "valid",
            "use_bias": .bool(hasBias), "activation": .string(activation),
        ])
        return add(
            "Conv2D", [value], config, name: name, channels: filters,
            size: Self.window(value.size, kernel, stride, isSame: isSame),
            kernel: [kernel.0, kernel.1, value.channels, filters])
    }

    mutating func convolution(
        _ value: Value, _ filters: Int, _ kernel: Int, stride: Int = 1, isSame: Bool = false, hasBias: Bool = true,
        activation: String = "linear", name: String? = nil
    ) -> Value {
        convolution(
            value, filters, (kernel, kernel), stride: stride, isSame: isSame, hasBias: hasBias, activation: activation,
            name: name)
    }

    /// A depthwise convolution without bias; with a stride of 2 the picture has been padded before.
    mutating func depthwise(_ value: Value, _ kernel: Int, stride: Int, name: String) -> Value {
        let config = JSONObject.settings([
            "kernel_size": [.integer(kernel), .integer(kernel)], "strides": [.integer(stride), .integer(stride)],
            "padding": stride == 1 ? "same" : "valid", "use_bias": false,
        ])
        return add(
            "DepthwiseConv2D", [value], config, name: name, channels: value.channels,
            size: Self.window(value.size, (kernel, kernel), stride, isSame: stride == 1))
    }

    /// A separable convolution of 3×3 without bias.
    mutating func separable(_ value: Value, _ filters: Int, name: String) -> Value {
        let config = JSONObject.settings([
            "filters": filters.json, "kernel_size": [3, 3], "padding": "same", "use_bias": false,
        ])
        return add("SeparableConv2D", [value], config, name: name, channels: filters, size: value.size)
    }

    mutating func normalization(
        _ value: Value, epsilon: Double = 1e-3, hasScale: Bool = true, name: String? = nil
    ) -> Value {
        let config = JSONObject.settings(["axis": 3, "epsilon": .number(epsilon), "scale": .bool(hasScale)])
        return add("BatchNormalization", [value], config, name: name, channels: value.channels, size: value.size)
    }

    mutating func activation(_ value: Value, _ function: String = "relu", name: String? = nil) -> Value {
        add(
            "Activation", [value], JSONObject.settings(["activation": .string(function)]), name: name,
            channels: value.channels, size: value.size)
    }

    mutating func relu6(_ value: Value, name: String? = nil) -> Value {
        add(
            "ReLU", [value], JSONObject.settings(["max_value": 6.0]), name: name, channels: value.channels,
            size: value.size)
    }

    mutating func rescaling(_ value: Value, scale: [Double], offset: Double = 0) -> Value {
        let factor: JSONValue = scale.count == 1 ? .number(scale[0]) : scale.json
        return add(
            "Rescaling", [value], JSONObject.settings(["scale": factor, "offset": .number(offset)]), name: nil,
            channels: value.channels, size: value.size)
    }

    mutating func padding(_ value: Value, _ before: (Int, Int), _ after: (Int, Int), name: String? = nil) -> Value {
        let borders: JSONValue = [
            [.integer(before.0), .integer(after.0)], [.integer(before.1), .integer(after.1)],
        ]
        return add(
            "ZeroPadding2D", [value], JSONObject.settings(["padding": borders]), name: name, channels: value.channels,
            size: value.size.map { ($0.height + before.0 + after.0, $0.width + before.1 + after.1) })
    }

    mutating func padding(_ value: Value, _ border: Int, name: String? = nil) -> Value {
        padding(value, (border, border), (border, border), name: name)
    }

    /// The padding before a convolution of stride 2, whose odd pixel lies where PyTorch has it.
    mutating func correctPadding(_ value: Value, kernel: Int, name: String) -> Value {
        let half = kernel / 2
        let size = value.size ?? (1, 1)
        return padding(
            value, (half - 1 + size.height % 2, half - 1 + size.width % 2), (half, half), name: name)
    }

    mutating func pooling(
        _ type: String, _ value: Value, _ window: Int, stride: Int, isSame: Bool = false, name: String? = nil
    ) -> Value {
        let config = JSONObject.settings([
            "pool_size": [.integer(window), .integer(window)], "strides": [.integer(stride), .integer(stride)],
            "padding": isSame ? "same" : "valid",
        ])
        return add(
            type, [value], config, name: name, channels: value.channels,
            size: Self.window(value.size, (window, window), stride, isSame: isSame))
    }

    mutating func globalPooling(_ value: Value, keepsAxes: Bool = false, name: String? = nil) -> Value {
        add(
            "GlobalAveragePooling2D", [value], JSONObject.settings(["keepdims": .bool(keepsAxes)]), name: name,
            channels: value.channels, size: keepsAxes ? (1, 1) : nil)
    }

    mutating func globalMaximum(_ value: Value, name: String? = nil) -> Value {
        add("GlobalMaxPooling2D", [value], JSONObject(), name: name, channels: value.channels, size: nil)
    }

    mutating func dense(
        _ value: Value, _ units: Int, activation: String, hasBias: Bool = true, name: String
    ) -> Value {
        let config = JSONObject.settings([
            "units": units.json, "activation": .string(activation), "use_bias": .bool(hasBias),
        ])
        return add("Dense", [value], config, name: name, channels: units, size: nil)
    }

    mutating func flatten(_ value: Value, name: String? = nil) -> Value {
        let size = value.size ?? (1, 1)
        return add(
            "Flatten", [value], JSONObject(), name: name, channels: value.channels * size.height * size.width, size: nil
        )
    }

    /// `Add`, `Multiply` or a custom class of two values.
    mutating func combine(
        _ type: String, _ values: [Value], _ config: JSONObject = JSONObject(), name: String? = nil
    ) -> Value {
        add(type, values, config, name: name, channels: values[0].channels, size: values[0].size)
    }

    mutating func concatenate(_ values: [Value], name: String? = nil) -> Value {
        add(
            "Concatenate", values, JSONObject.settings(["axis": 3]), name: name,
            channels: values.reduce(0) { $0 + $1.channels }, size: values[0].size)
    }

    private static func window(
        _ size: (height: Int, width: Int)?, _ kernel: (Int, Int), _ stride: Int, isSame: Bool
    ) -> (height: Int, width: Int)? {
        guard let size else { return nil }
        func length(_ length: Int, _ kernel: Int) -> Int {
            isSame ? (length + stride - 1) / stride : max(0, length - kernel) / stride + 1
        }
        return (length(size.height, kernel.0), length(size.width, kernel.1))
    }
}

extension JSONObject {
    /// The settings of a layer.
    static func settings(_ members: KeyValuePairs<String, JSONValue>) -> JSONObject {
        JSONObject(members.map { ($0.key, $0.value) })
    }
}
