import Tensors

/// A weight that a layer of given settings has.
struct KerasWeight: Sendable {
    let name: String
    /// Whether training changes it: old files list such weights first.
    var isTrainable = true
    /// Whether the computation needs it; others, single counters, are not read.
    var isUsed = true
    /// Folders below the layer's where archives may keep it: that of a cell, or of a part; empty for none.
    var folders: [String] = [""]

    init(_ name: String, isTrainable: Bool = true, isUsed: Bool = true, folders: [String] = [""]) {
        self.name = name
        self.isTrainable = isTrainable
        self.isUsed = isUsed
        self.folders = folders
    }

    /// The weight as a part of a layer has it: with the part's name before its own.
    func inside(_ part: String, folders outer: [String]) -> KerasWeight {
        KerasWeight(
            "\(part)/\(name)", isTrainable: isTrainable, isUsed: isUsed,
            folders: outer.flatMap { outer in folders.map { $0.isEmpty ? outer : "\(outer)/\($0)" } })
    }
}

/// Where a layer stands: the names from the outermost model inwards, in all spellings.
struct KerasLayerPath: Sendable {
    var names: [String] = []
    var archiveNames: [String] = []
    var earlyArchiveNames: [String] = []

    func appending(_ layer: KerasLayer) -> KerasLayerPath {
        if layer.isPart, let outer = archiveNames.last, let early = earlyArchiveNames.last {
            return KerasLayerPath(
                names: names + [layer.name], archiveNames: archiveNames.dropLast() + ["\(outer)/\(layer.archiveName)"],
                earlyArchiveNames: earlyArchiveNames.dropLast() + ["\(early)/\(layer.earlyArchiveName)"])
        }
        return KerasLayerPath(
            names: names + [layer.name], archiveNames: archiveNames + [layer.archiveName],
            earlyArchiveNames: earlyArchiveNames + [layer.earlyArchiveName])
    }

    var joined: String { names.joined(separator: "/") }
}

/// Finds the weights of layers in a file.
protocol KerasWeightSource {
    /// Places in the HDF5 file of the declared weights, in their order.
    ///
    /// - Throws: `ModelFileError` naming the layer, where the file does not have them.
    func places(of declared: [KerasWeight], at path: KerasLayerPath) throws(ModelFileError) -> [String]
    /// The file that has them.
    var file: HDF5File { get }
    /// Reads a weight in the shape in which the newest version has it.
    ///
    /// - Parameter maximumElements: refused beyond, before anything is allocated.
    func tensor(
        of weight: KerasWeight, at place: String, for config: KerasConfig, maximumElements: Int
    ) throws(ModelFileError) -> Tensor
}

extension KerasWeightSource {
    func tensor(
        of weight: KerasWeight, at place: String, for config: KerasConfig, maximumElements: Int
    ) throws(ModelFileError) -> Tensor {
        try file.tensor(place, maximumElements: maximumElements)
    }
}
