/// What a file of weights alone tells of the layers they belong to.
struct KerasWeightsOutline {
    /// A weight of a layer.
    struct Weight {
        /// Name without the layer's, such as `kernel`; a number in the newer layout.
        let name: String
        let shape: [Int]
    }

    /// A layer, or a model among the layers.
    struct Layer {
        let name: String
        /// Type in snake case, where the file tells it.
        let type: String?
        /// Which of its type it is, from 0, in the newer layout.
        let number: Int
        let weights: [Weight]
        /// Layers of a model; those without weights are not always there.
        let inner: [Layer]

        /// Name without the number that Keras adds to names of the same kind: `dense_2` is `dense`.
        var base: String { type ?? Self.split(name).base }

        /// Takes the number off a name; 0 where there is none.
        static func split(_ name: String) -> (base: String, number: Int) {
            guard let place = name.lastIndex(of: "_"), let number = Int(name[name.index(after: place)...]), number >= 0
            else { return (name, 0) }
            return (String(name[..<place]), number)
        }
    }

    /// The outermost layers; those of the older layout in their order.
    let layers: [Layer]
    /// Whether folders are named after the types of the layers, as `.weights.h5` files of newer versions have them.
    let isArchive: Bool

    /// Layers beyond which a file is taken for an attack.
    private static let maximumLayers = 20_000

    /// Reads the outline; nil for an HDF5 file without weights of Keras.
    init?(_ file: HDF5File) throws(ModelFileError) {
        var root = ""
        if try file.textList("layer_names", of: "") == nil, try file.exists("model_weights") { root = "model_weights" }
        if let names = try file.textList("layer_names", of: root) {
            guard names.count <= Self.maximumLayers else { throw HDF5File.damaged("has too many layers") }
            isArchive = false
            var layers: [Layer] = []
            for name in names { layers.append(try Self.oldLayer(name, root: root, in: file)) }
            self.layers = layers
            return
        }
        isArchive = true
        for folder in ["layers", "_layer_checkpoint_dependencies"] where try file.exists(folder) {
            var count = 0
            layers = try Self.newLayers(folder, in: file, depth: 0, count: &count)
            return
        }
        return nil
    }

    // MARK: Older layout: each outermost layer lists its weights by name

    private static func oldLayer(_ name: String, root: String, in file: HDF5File) throws(ModelFileError) -> Layer {
        let group = root.isEmpty ? name : "\(root)/\(name)"
        var order: [String] = []
        var weights: [String: [Weight]] = [:]
        let names = try file.exists(group) ? try file.textList("weight_names", of: group) : nil
        for weight in names ?? [] {
            let plain = weight.hasSuffix(":0") ? weight.dropLast(2) : weight[...]
            let parts = plain.split(separator: "/").map(String.init)
            let owner = parts.dropLast().joined(separator: "/")
            if weights[owner] == nil { order.append(owner) }
            weights[owner, default: []].append(
                Weight(name: parts.last ?? "", shape: try file.shape(of: "\(group)/\(weight)") ?? []))
        }
        guard order.count > 1 else {
            return Layer(
                name: name, type: nil, number: 0, weights: order.first.flatMap { weights[$0] } ?? [], inner: [])
        }
        let inner = order.map { Layer(name: $0, type: nil, number: 0, weights: weights[$0] ?? [], inner: []) }
        return Layer(name: name, type: nil, number: 0, weights: [], inner: inner)
    }

    // MARK: Newer layout: folders by type, weights by number

    private static func newLayers(
        _ folder: String, in file: HDF5File, depth: Int, count: inout Int
    ) throws(ModelFileError) -> [Layer] {
        guard depth < 16 else { throw HDF5File.damaged("has models nested too deep") }
        var layers: [Layer] = []
        for name in try file.names(in: folder) {
            count += 1
            guard count <= maximumLayers else { throw HDF5File.damaged("has too many layers") }
            let place = "\(folder)/\(name)"
            var weights: [Weight] = []
            while let shape = try file.shape(of: "\(place)/vars/\(weights.count)") {
                weights.append(Weight(name: "\(weights.count)", shape: shape))
            }
            var inner: [Layer] = []
            for folder in ["layers", "_layer_checkpoint_dependencies"] where try file.exists("\(place)/\(folder)") {
                inner = try newLayers("\(place)/\(folder)", in: file, depth: depth + 1, count: &count)
            }
            let stated = try file.exists("\(place)/vars") ? try? file.text("name", of: "\(place)/vars") : nil
            // Names of nested models end in a number that belongs to the type, such as `conv2d_1`.
            let (type, number) = Layer.split(name)
            layers.append(Layer(name: stated ?? name, type: type, number: number, weights: weights, inner: inner))
        }
        return layers.sorted { ($0.type ?? "", $0.number) < ($1.type ?? "", $1.number) }
    }

    // MARK: For people

    /// The first layers with their shapes, for an error.
    var summary: String {
        let leaves = layers.flatMap { $0.inner.isEmpty ? [$0] : $0.inner }.filter { !$0.weights.isEmpty }
        let shown = leaves.prefix(8).map { layer in
            let shape = layer.weights[0].shape.map(String.init).joined(separator: "×")
            return "\(layer.name.prefix(60)) \(shape)"
        }
        return shown.joined(separator: ", ") + (leaves.count > 8 ? ", and \(leaves.count - 8) more" : "")
    }
}
