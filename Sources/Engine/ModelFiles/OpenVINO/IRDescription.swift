/// The description of an OpenVINO IR: the `.xml` file.
///
/// Source: "Operation Sets in OpenVINO" and the IR files of versions 10 and 11.
struct IRDescription {
    var name = ""
    /// The network, and the bodies inside its layers.
    private(set) var graph = IRGraph()
    private(set) var bodies: [IRGraph] = []
    /// What the file says about itself, by the names of the elements inside `rt_info`, joined by slashes.
    private(set) var notes: [String: String] = [:]

    private static let maximumRank = 16
    private static let maximumNotes = 10_000
    private static let maximumTypeVersion = 99

    /// Graphs that are being read, from the network inwards; each with the layer that is being read.
    private var open: [(graph: IRGraph, layer: IRGraph.Layer?)] = []
    private var path: [String] = []
    private var layerCount = 0
    private let limits: ModelFileLimits

    /// Reads a description.
    ///
    /// - Throws: `ModelFileError` for what is damaged, too large, or of an unknown operator set.
    init(_ text: [UInt8], limits: ModelFileLimits) throws(ModelFileError) {
        self.limits = limits
        var scanner = XMLScanner(text)
        while let event = try scanner.next() {
            switch event {
            case .start(let name, let attributes):
                path.append(name)
                try start(name, attributes)
            case .text(let text): try self.text(text)
            case .end(let name):
                try end(name)
                path.removeLast()
            }
        }
        guard !graph.layers.isEmpty else { throw IRGraph.damaged("it has no layers") }
    }

    private mutating func start(_ name: String, _ attributes: [String: String]) throws(ModelFileError) {
        guard path.count > 1 else { return try begin(name, attributes) }
        if attributes.keys.contains("__weights_path") || name == "__weights_path"
            || attributes.values.contains("__weights_path")
        {
            throw ModelFileError(.refused, "OpenVINO: the description names another file for the weights; refused")
        }
        switch name {
        case "layers" where path.count == 2, "body", "then_body", "else_body": open.append((IRGraph(), nil))
        case "layer": try beginLayer(attributes)
        case "data": if path.dropLast().last == "layer" { open.last?.layer != nil ? setData(attributes) : () }
        case "port": try beginPort(attributes)
        case "edge": try addEdge(attributes)
        default: note(attributes)
        }
    }

    private mutating func begin(_ name: String, _ attributes: [String: String]) throws(ModelFileError) {
        guard name == "net" else { throw ModelFileError(.unknownFormat, "the XML text holds no OpenVINO network") }
        let version = attributes["version"] ?? "without number"
        guard version == "10" || version == "11" else {
            throw ModelFileError(.unsupported, "OpenVINO: format version \(version) is not supported, only 10 and 11")
        }
        self.name = attributes["name"] ?? ""
    }

    private mutating func beginLayer(_ attributes: [String: String]) throws(ModelFileError) {
        layerCount += 1
        guard layerCount <= 10 * limits.maximumLayers else {
            throw ModelFileError(.tooLarge, "OpenVINO: the model has more than \(10 * limits.maximumLayers) layers")
        }
        guard let id = attributes["id"].flatMap({ Int($0) }), let type = attributes["type"], !open.isEmpty,
            open[open.count - 1].layer == nil
        else { throw IRGraph.damaged("a layer has no number or no type, or lies in another") }
        let name = attributes["name"] ?? ""
        let version = attributes["version"] ?? ""
        guard version.hasPrefix("opset"), Int(version.dropFirst(5)).map({ 1...Self.maximumTypeVersion ~= $0 }) == true
        else {
            throw ModelFileError(
                .unsupported,
                "OpenVINO: layer '\(name)' has type '\(type)' of operator set '\(version)', which is not supported")
        }
        open[open.count - 1].layer = IRGraph.Layer(id: id, name: name, type: type)
    }

    private mutating func setData(_ attributes: [String: String]) {
        let kept: Set = ["element_type", "shape", "offset", "size"]
        open[open.count - 1].layer?.data = attributes.filter { kept.contains($0.key) }
    }

    private mutating func beginPort(_ attributes: [String: String]) throws(ModelFileError) {
        guard path.dropLast().last == "output", open.last?.layer != nil else { return }
        guard let id = attributes["id"].flatMap({ Int($0) }) else { throw IRGraph.damaged("a port has no number") }
        let names = (attributes["names"] ?? "").split(separator: ",").map(String.init)
        open[open.count - 1].layer?.outputs.append(IRGraph.Port(id: id, names: names))
    }

    private mutating func addEdge(_ attributes: [String: String]) throws(ModelFileError) {
        guard let source = attributes["from-layer"].flatMap({ Int($0) }),
            let target = attributes["to-layer"].flatMap({ Int($0) }),
            let port = attributes["from-port"].flatMap({ Int($0) })
        else { throw IRGraph.damaged("an edge does not say what it joins") }
        let edge = IRGraph.Edge(source: source, sourcePort: port, target: target)
        // The edges of the network follow its layers; those of a body lie inside it.
        if open.isEmpty { graph.edges.append(edge) } else { open[open.count - 1].graph.edges.append(edge) }
    }

    private mutating func note(_ attributes: [String: String]) {
        guard path.count > 2, path[1] == "rt_info", let value = attributes["value"], notes.count < Self.maximumNotes
        else { return }
        notes[path.dropFirst(2).joined(separator: "/")] = value
    }

    private mutating func text(_ text: String) throws(ModelFileError) {
        guard path.last == "dim", path.dropLast(2).last == "output", let layer = open.last?.layer,
            !layer.outputs.isEmpty
        else { return }
        let last = layer.outputs.count - 1
        guard layer.outputs[last].shape.count < Self.maximumRank else {
            throw ModelFileError(.tooLarge, "OpenVINO: a value has more than \(Self.maximumRank) axes")
        }
        let length = Int(text.trimmingBlanks).flatMap { $0 < 0 ? nil : $0 }
        open[open.count - 1].layer?.outputs[last].shape.append(length)
    }

    private mutating func end(_ name: String) throws(ModelFileError) {
        switch name {
        case "layer":
            guard let layer = open.last?.layer else { return }
            open[open.count - 1].layer = nil
            try open[open.count - 1].graph.append(layer)
        case "layers" where path.count == 2:
            guard let finished = open.popLast(), graph.layers.isEmpty else {
                throw IRGraph.damaged("it has two lists of layers")
            }
            let edges = graph.edges
            graph = finished.graph
            graph.edges += edges
        case "body", "then_body", "else_body":
            guard let finished = open.popLast() else { return }
            try finished.graph.validate()
            bodies.append(finished.graph)
        case "net": try graph.validate()
        default: break
        }
    }
}

extension String {
    /// The text without blanks at its ends.
    var trimmingBlanks: Substring {
        var text = self[...]
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
