import JSON
import Tensors

/// The weights of Keras 1, which has other shapes for them and, in recurrent layers, one for each gate.
///
/// Source: `preprocess_weights_for_loading` of Keras 2, which reads such files too.
enum KerasOneWeights {
    /// Stands between the places of weights that are one weight in later versions.
    private static let separator: Character = "\n"

    /// Places of weights in the order of later versions.
    ///
    /// - Returns: nil where the number of weights is none that a layer of Keras 1 can have.
    static func places(_ count: Int, in places: [String]) -> [String]? {
        if places.count == count { return places }
        // Kernel, recurrent kernel and bias of each gate; a layer that runs both ways has twice as many.
        guard count > 0, count.isMultiple(of: 3), places.count.isMultiple(of: count) else { return nil }
        let layers = count / 3
        let gates = places.count / count
        // LSTM saved its gates as input, cell, forget, output; they are input, forget, cell, output now.
        guard let order = [3: [0, 1, 2], 4: [0, 2, 1, 3]][gates] else { return nil }
        return (0..<layers).flatMap { layer in
            (0..<3).map { weight in
                order.map { places[layer * 3 * gates + $0 * 3 + weight] }.joined(separator: String(separator))
            }
        }
    }

    /// A weight in the shape of later versions.
    static func tensor(
        _ file: HDF5File, of weight: KerasWeight, at place: String, for config: KerasConfig, maximumElements: Int
    ) throws(ModelFileError) -> Tensor {
        let parts = place.split(separator: separator)
        guard parts.count > 1 else {
            let tensor = try file.tensor(place, maximumElements: maximumElements)
            return try converted(tensor, of: weight, for: config)
        }
        var tensors: [Tensor] = []
        for part in parts {
            let tensor = try file.tensor(String(part), maximumElements: maximumElements)
            if let first = tensors.first, first.shape != tensor.shape {
                throw config.damaged("has gates of different shapes")
            }
            tensors.append(tensor)
        }
        guard tensors.reduce(0, { $0 + $1.values.count }) <= maximumElements, let last = tensors[0].shape.last, last > 0
        else { throw config.damaged("has weights of impossible shapes") }
        var values: [Float] = []
        for row in stride(from: 0, to: tensors[0].values.count, by: last) {
            for tensor in tensors { values += tensor.values[row..<row + last] }
        }
        return Tensor(shape: tensors[0].shape.dropLast() + [last * tensors.count], values: values)
    }

    private static func converted(
        _ tensor: Tensor, of weight: KerasWeight, for config: KerasConfig
    ) throws(ModelFileError) -> Tensor {
        guard weight.name.hasSuffix("kernel") else { return tensor }
        let isChannelsFirst = config.value("data_format")?.stringValue == "channels_first"
        switch (config.type, tensor.shape.count) {
        case ("Conv1D", 4):
            let filters = try config.count("filters")
            let length = try config.counts("kernel_size", rank: 1)[0]
            // The form of the first versions is filters, channels, length, 1.
            let isNewer = tensor.shape[0] == length && tensor.shape[1] == 1 && tensor.shape[3] == filters
            let kernel = isNewer ? tensor : tensor.permuted([2, 3, 1, 0])
            guard kernel.shape[1] == 1 else { throw config.damaged("has a kernel of shape \(tensor.shape)") }
            return kernel.reshaped([kernel.shape[0], kernel.shape[2], kernel.shape[3]])
        case ("Conv2D", 4), ("SeparableConv2D", 4): return isChannelsFirst ? tensor.permuted([2, 3, 1, 0]) : tensor
        case ("Conv2DTranspose", 4): return tensor.permuted(isChannelsFirst ? [2, 3, 0, 1] : [0, 1, 3, 2])
        case ("Conv3D", 5): return isChannelsFirst ? tensor.permuted([2, 3, 4, 1, 0]) : tensor
        default: return tensor
        }
    }
}
