/// Padding and pooling of a stack of convolutions for pictures of one size.
struct StackArrangement: Equatable {
    /// Height and width of the pictures.
    let size: [Int]
    /// Pixels added at each border, for each convolution.
    let paddings: [Int]
    /// Whether a 2×2 max-pooling follows, for each convolution.
    let pools: [Bool]
    /// Whether each channel is averaged at the end.
    var isAveraged = false

    /// The arrangement in words.
    func text(_ stack: StackShapes) -> String {
        let pooled = zip(stack.stages, pools).filter(\.1).map { "'\($0.0.name)'" }
        let padding = Set(paddings).count == 1 ? "\(paddings[0])" : "\(paddings)"
        return "pictures of \(size[0])×\(size[1]), padding \(padding), "
            + (pooled.isEmpty ? "no pooling" : "2×2 pooling after " + pooled.joined(separator: ", "))
    }
}

/// What the names and shapes of convolutions with linear layers behind tell.
struct StackShapes {
    /// A convolution and what may follow it.
    struct Stage {
        let name: String
        let kernel: Int
        let filters: Int
        /// Whether a function follows, by the numbers in the names.
        var hasFunction = true
        /// Whether a pooling may follow.
        var mayPool = true
    }

    /// Convolutions and their normalizations.
    let front: [WeightedLayer]
    /// Linear layers and their normalizations.
    let back: [WeightedLayer]
    private(set) var stages: [Stage] = []
    let channels: Int
    /// Number of values the first linear layer reads.
    let flat: Int

    /// More convolutions leave too many arrangements to try.
    private static let maximumStages = 10

    init?(_ layers: [WeightedLayer]) {
        guard let channels = Self.channels(layers),
            let last = layers.lastIndex(where: { if case .convolution = $0.kind { true } else { false } })
        else { return nil }
        // Normalizations as wide as the last convolution belong to it.
        let end =
            layers[(last + 1)...].firstIndex { layer in
                switch layer.kind {
                case .linear: true
                case .batchNorm(let width), .layerNorm(let width): width != layers[last].width
                default: false
                }
            } ?? layers.endIndex
        front = Array(layers[..<end])
        back = Array(layers[end...])
        // Without statistics, a normalization of a picture may be over groups, instances or all.
        guard !front.contains(where: { if case .layerNorm = $0.kind { true } else { false } }) else { return nil }
        guard case .linear(let flat, _)? = back.first?.kind else { return nil }
        self.channels = channels
        self.flat = flat
        for (index, layer) in layers.enumerated() {
            guard case .convolution(_, let filters, let kernel) = layer.kind else { continue }
            var stage = Stage(name: layer.name, kernel: kernel, filters: filters)
            Self.readGaps(layers, after: index, &stage)
            stages.append(stage)
        }
        guard stages.count <= Self.maximumStages else { return nil }
    }

    /// Channels of the pictures; nil for what does not start with a convolution or with a normalization before one.
    private static func channels(_ layers: [WeightedLayer]) -> Int? {
        switch layers.first?.kind {
        case .convolution(let channels, _, _): channels
        // Of pictures, unless it is as wide as what the convolution writes: then it may follow that.
        case .batchNorm(let width) where layers.count > 1:
            if case .convolution(width, let filters, _) = layers[1].kind, filters != width { width } else { nil }
        default: nil
        }
    }

    /// Takes from the numbers in the names how many layers without weights follow a convolution.
    private static func readGaps(_ layers: [WeightedLayer], after index: Int, _ stage: inout Stage) {
        var count = 0
        for next in (index + 1)..<layers.count {
            let gap = TorchGap(from: layers[next - 1].name, to: layers[next].name)
            guard gap.isExact else { return }
            count += gap.minimum
            switch layers[next].kind {
            case .batchNorm, .layerNorm, .prelu: continue
            case .linear: count -= 1  // Flattening.
            case .convolution: break
            }
            // A single layer is the function; a pooling comes with it.
            (stage.hasFunction, stage.mayPool) = (count > 0, count > 1)
            return
        }
    }

    /// Whether the first linear layer reads one value for each channel, as after an average over the whole picture.
    ///
    /// Then the size of the pictures says nothing, and neither does what pools them before.
    var readsAverages: Bool { flat == stages[stages.count - 1].filters }

    /// Whether there are as many classes as of digits, letters or both.
    var mayTellCharacters: Bool {
        guard case .linear(_, let count)? = back.last(where: \.isMain)?.kind else { return true }
        return [10, 11, 26, 27, 36, 37, 47, 52, 62].contains(count)
    }

    /// All arrangements that make as many values as the first linear layer reads.
    func arrangements(of size: [Int]) -> [StackArrangement] {
        var found: [StackArrangement] = []
        for paddings in paddings(of: size) {
            for choice in 0..<(1 << stages.count) {
                let pools = stages.indices.map { choice & 1 << $0 != 0 }
                guard zip(pools, stages).allSatisfy({ !$0 || $1.mayPool }) else { continue }
                let arrangement = StackArrangement(size: size, paddings: paddings, pools: pools)
                guard values(of: arrangement) == flat, !found.contains(arrangement) else { continue }
                // A last window as large as the picture, as LeNet-5 has it, makes single values for certain; poolings
                // and small windows down to them are one way of many.
                let isWindow = !pools[pools.count - 1] && paddings[paddings.count - 1] == 0
                if !readsAverages || isWindow && stages[stages.count - 1].kernel > 3 { found.append(arrangement) }
            }
        }
        return found
    }

    /// No padding, or as much as keeps the size; 5×5 windows of digits also the latter for the first one alone, as
    /// LeNet has it where its pictures are not 32×32.
    private func paddings(of size: [Int]) -> [[Int]] {
        let none = stages.map { _ in 0 }
        guard stages.allSatisfy({ $0.kernel % 2 == 1 }) else { return [none] }
        var paddings = [none, stages.map { $0.kernel / 2 }]
        if channels == 1, size == [28, 28], stages[0].kernel == 5 { paddings.append([2] + none.dropFirst()) }
        return paddings
    }

    /// How usual an arrangement is: regular ones, and pictures of the most common data sets, first.
    func plausibility(of arrangement: StackArrangement) -> Int {
        let isEverywhere = zip(stages, arrangement.pools).allSatisfy { $1 || !$0.mayPool }
        return (isEverywhere ? 8 : 0) + (arrangement.pools.last == true ? 4 : 0)
            + (Set(arrangement.paddings).count == 1 ? 2 : 0)
            + ([28, 32, 48, 64, 128, 224].contains(arrangement.size[0]) ? 1 : 0)
    }

    private func values(of arrangement: StackArrangement) -> Int? {
        var lengths = arrangement.size
        for (index, stage) in stages.enumerated() {
            for axis in lengths.indices {
                lengths[axis] += 2 * arrangement.paddings[index] - stage.kernel + 1
                if arrangement.pools[index] { lengths[axis] /= 2 }
                guard lengths[axis] > 0 else { return nil }
            }
        }
        return lengths.reduce(stages[stages.count - 1].filters, *)
    }

    // MARK: Description

    /// What is put into a description for the user to change, where nothing fits.
    func fallback(_ input: [Int]?) -> StackArrangement {
        let side = channels == 1 ? 28 : 224
        // Who averages over the picture mostly keeps its size in the convolutions.
        return StackArrangement(
            size: input.map { Array($0[1...]) } ?? [side, side],
            paddings: stages.map { readsAverages ? $0.kernel / 2 : 0 }, pools: stages.map(\.mayPool),
            isAveraged: readsAverages)
    }

    /// The description of the layers, for the user to give.
    func description(_ arrangement: StackArrangement) -> String {
        var lines: [String] = []
        var stage = -1
        for layer in front {
            guard case .convolution = layer.kind else {
                lines.append(Self.line(layer, isPicture: true))
                continue
            }
            if stage >= 0 { lines += tail(stage, arrangement) }
            stage += 1
            lines.append(
                #"{"type": "Conv2d", "weights": "\#(layer.name)", "padding": \#(arrangement.paddings[stage])}"#)
        }
        lines += tail(stage, arrangement)
        if arrangement.isAveraged { lines.append(#"{"type": "AdaptiveAvgPool2d", "output_size": 1}"#) }
        lines.append(#"{"type": "Flatten"}"#)
        for (index, layer) in back.enumerated() {
            lines.append(Self.line(layer, isPicture: false))
            let hasMatrixAfter = back[(index + 1)...].contains(where: \.isMain)
            if layer.isMain, hasMatrixAfter { lines.append(#"{"type": "ReLU"}"#) }
        }
        let layers = lines.joined(separator: ", ")
        return #"{"input": \#([channels] + arrangement.size), "architecture": {"layers": [\#(layers)]}}"#
    }

    private func tail(_ stage: Int, _ arrangement: StackArrangement) -> [String] {
        (stages[stage].hasFunction ? [#"{"type": "ReLU"}"#] : [])
            + (arrangement.pools[stage] ? [#"{"type": "MaxPool2d", "size": 2}"#] : [])
    }

    private static func line(_ layer: WeightedLayer, isPicture: Bool) -> String {
        let type =
            switch layer.kind {
            case .linear: "Linear"
            case .convolution: "Conv2d"
            case .batchNorm: isPicture ? "BatchNorm2d" : "BatchNorm1d"
            case .layerNorm: "LayerNorm"
            case .prelu: "PReLU"
            }
        return #"{"type": "\#(type)", "weights": "\#(layer.name)"}"#
    }
}
