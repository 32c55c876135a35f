/// A graph of an OpenVINO IR: the network itself or the body of a loop or a branch.
struct IRGraph {
    /// One result of a layer.
    struct Port {
        let id: Int
        /// Names of the value, without order.
        let names: [String]
        /// Length of each axis; nil for one known only when the model runs.
        var shape: [Int?] = []
    }

    struct Layer {
        let id: Int
        let name: String
        let type: String
        /// Parameters of the layer.
        var data: [String: String] = [:]
        var outputs: [Port] = []
    }

    struct Edge {
        let source: Int
        let sourcePort: Int
        let target: Int
    }

    var layers: [Layer] = []
    var edges: [Edge] = []
    /// Position of each layer by its number.
    private(set) var positions: [Int: Int] = [:]

    mutating func append(_ layer: Layer) throws(ModelFileError) {
        guard positions.updateValue(layers.count, forKey: layer.id) == nil else {
            throw IRGraph.damaged("two layers have the number \(layer.id)")
        }
        layers.append(layer)
    }

    /// The port that leads into a layer, for layers with one input.
    func source(of layer: Layer) -> (layer: Layer, port: Port?)? {
        guard let edge = edges.first(where: { $0.target == layer.id }), let position = positions[edge.source] else {
            return nil
        }
        return (layers[position], layers[position].outputs.first { $0.id == edge.sourcePort })
    }

    /// Checks that all edges join layers of this graph, and that there is no cycle.
    func validate() throws(ModelFileError) {
        var waiting = [Int](repeating: 0, count: layers.count)
        var followers = [[Int]](repeating: [], count: layers.count)
        for edge in edges {
            guard let source = positions[edge.source], let target = positions[edge.target] else {
                throw IRGraph.damaged("an edge leads to a layer that does not exist")
            }
            waiting[target] += 1
            followers[source].append(target)
        }
        var ready = layers.indices.filter { waiting[$0] == 0 }
        var done = 0
        while let position = ready.popLast() {
            done += 1
            for follower in followers[position] {
                waiting[follower] -= 1
                if waiting[follower] == 0 { ready.append(follower) }
            }
        }
        guard done == layers.count else { throw IRGraph.damaged("the layers form a cycle") }
    }

    static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "OpenVINO: the description is damaged: \(what)")
    }
}
