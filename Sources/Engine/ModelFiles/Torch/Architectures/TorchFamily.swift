/// Architectures that differ in size only and are told by the same names of weights.
///
/// A value is one member, with the settings that the shapes tell.
protocol TorchFamily: Sendable {
    /// Names of the members.
    static var names: [String] { get }
    /// How the weights may be named; one that fits is enough.
    static var signatures: [TorchSignature] { get }

    /// Tells the member by the shapes; nil for weights of another family.
    init?(_ weights: ArchitectureWeights, _ choice: ArchitectureChoice) throws(ModelFileError)

    /// Name of the member.
    var name: String { get }
    /// The weight that reads the picture, `[filters, channels, height, width]`.
    var stem: String { get }
    /// Sides of the pictures it is usually given, by the number of channels.
    func usualSide(channels: Int) -> Int
    /// The only side it can be given, where there is one.
    var onlySide: Int? { get }
    /// What its pictures are usually standardised by, and how that is known.
    var convention: (InputConvention, reason: String) { get }

    /// Writes the network from the picture to the scores.
    func write(
        _ picture: TorchValue, to writer: inout TorchNetworkWriter, _ choice: ArchitectureChoice
    ) throws(ModelFileError) -> TorchValue
}

extension TorchFamily {
    func usualSide(channels: Int) -> Int { 224 }
    var onlySide: Int? { nil }

    var convention: (InputConvention, reason: String) {
        (.imageNet, "\(name) is a network of torchvision, whose weights expect the mean and deviation of ImageNet")
    }

    /// Shape of the picture: as the description says, or as is usual.
    func inputShape(
        _ weights: ArchitectureWeights, _ choice: ArchitectureChoice, notes: inout [String]
    ) throws(ModelFileError) -> [Int] {
        let channels = try weights.shape(of: stem, rank: 4)[1]
        guard let stated = choice.input else {
            if let onlySide { return [channels, onlySide, onlySide] }
            let side = usualSide(channels: channels)
            notes.append(
                "The weights do not tell the size of the pictures: \(side)×\(side) is taken. "
                    + "If it is another, give {\"input\": [\(channels), height, width]}.")
            return [channels, side, side]
        }
        guard stated.count == 3, stated[0] == channels, stated[1...].allSatisfy({ (1...8192).contains($0) }) else {
            throw ModelFileError(
                .unsupported,
                "in the description, \"input\" is \(stated), but \(name) reads [\(channels), height, width]")
        }
        if let onlySide, stated[1] != onlySide || stated[2] != onlySide {
            throw ModelFileError(
                .unsupported,
                "in the description, \"input\" is \(stated), but the positions of \(name) are for pictures of "
                    + "[\(channels), \(onlySide), \(onlySide)]")
        }
        return stated
    }

    /// What the values of the picture are believed to be.
    func preprocessing(channels: Int, _ choice: ArchitectureChoice) -> InputGuess? {
        if let stated = choice.preprocessing { return InputGuess(stated, .stated, reason: "the description says so") }
        switch channels {
        case 3:
            let (convention, reason) = convention
            return InputGuess(convention, .inferred, reason: reason)
        case 1:
            return InputGuess(.unit(.gray), .assumed, reason: PlainNetwork.greyReason)
        default:
            return nil
        }
    }
}

/// Names that the weights of an architecture have in common.
struct TorchSignature: Sendable {
    /// Weights that every member has; the first should be rare elsewhere.
    var names: [String]
    /// Parts in the order of the module, for files whose names are numbers as `nn.Sequential(*children)` gives.
    var children: [String] = []

    init(_ names: [String], children: [String] = []) {
        self.names = names
        self.children = children
    }
}

enum TorchBases {
    /// Where weights of a signature lie, shortest prefix first.
    static func find(_ signatures: [TorchSignature], in file: NamedWeights) -> [TorchBase] {
        var found: [TorchBase] = []
        for signature in signatures {
            var renamings: [[String: String]] = [[:]]
            if !signature.children.isEmpty {
                renamings.append(
                    Dictionary(
                        uniqueKeysWithValues: signature.children.enumerated().map { ($1, String($0)) }))
            }
            for renaming in renamings { found += find(signature.names, renaming, in: file) }
        }
        return found
    }

    private static func find(
        _ names: [String], _ renaming: [String: String], in file: NamedWeights
    ) -> [TorchBase] {
        let relative = TorchBase(prefix: "", renamed: renaming).fullName(names[0])
        var found: [TorchBase] = []
        for weight in file.weights where weight.name.hasSuffix(relative) && !ArchitectureWeights.isBeside(weight) {
            let prefix = String(weight.name.dropLast(relative.count))
            guard prefix.isEmpty || prefix.hasSuffix(".") else { continue }
            let base = TorchBase(prefix: prefix, renamed: renaming)
            if names.allSatisfy({ file[base.fullName($0)] != nil }) { found.append(base) }
        }
        return found.sorted { $0.prefix.count < $1.prefix.count }
    }
}
