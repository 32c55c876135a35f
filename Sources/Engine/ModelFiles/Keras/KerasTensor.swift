/// A value of the network while its graph is written.
struct KerasTensor: Sendable {
    /// Name of the value in the graph.
    var name: String
    /// Shape as Keras sees it, the batch first; nil for a length that is not known.
    var shape: [Int?]
    /// Whether the last axis of `shape` lies second in the graph's value.
    ///
    /// Convolutions want channels there. Values stay so until something needs Keras's order, so that a chain of
    /// convolutions has no transpositions inside.
    var isChannelsFirst = false
    /// Name of a value of truth for each step in time, in Keras's order of axes: steps that are false are to be
    /// left out by the layers that heed masks.
    var mask: String?

    var rank: Int { shape.count }

    /// The value without its mask.
    func unmasked() -> KerasTensor {
        var value = self
        value.mask = nil
        return value
    }

    /// Where an axis of Keras's shape lies in the graph's value.
    func physicalAxis(_ axis: Int) -> Int {
        guard isChannelsFirst, axis > 0 else { return axis }
        return axis == rank - 1 ? 1 : axis + 1
    }
}

/// A value seen as pictures (or signals, or volumes) with channels second, whatever the layer's settings say.
struct KerasImage {
    /// Name of the value in the graph, of shape `[N, C, …]`.
    var name: String
    var batch: Int?
    var channels: Int?
    /// Lengths of the axes that are neither batch nor channels.
    var spatial: [Int?]
    /// Whether Keras has the channels second too.
    let isKerasChannelsFirst: Bool

    /// The value as Keras sees it.
    var tensor: KerasTensor {
        isKerasChannelsFirst
            ? KerasTensor(name: name, shape: [batch, channels] + spatial)
            : KerasTensor(name: name, shape: [batch] + spatial + [channels], isChannelsFirst: true)
    }
}
