/// What the network reads in each step: pictures, varied as the recipe asks, and their classes.
///
/// A picture of an epoch depends on the seed, the epoch and its number only, not on what was read before: a run that
/// is taken up again goes on exactly as it would have.
public struct SampleSource: Sendable {
    /// One thing to learn from.
    enum Item: Sendable {
        /// A picture of the data set, by its number.
        case picture(Int)
        /// A digit drawn from a shape; the number only tells one from another.
        case shape(digit: Int, number: Int)
    }

    let recipe: TrainingRecipe
    let pictures: LabelledPictures
    private let training: [Int]
    private let variation: PictureVariation
    private let digits: DrawnDigits?
    /// Strokes of each picture, traced once; empty unless pictures are redrawn.
    private let tracings: [InkDrawing?]

    /// Prepares pictures for learning.
    ///
    /// - Parameters:
    ///   - pictures: the data set.
    ///   - training: numbers of the pictures to learn from.
    /// - Complexity: traces every picture once if the recipe redraws them, about 0.2 ms each.
    public init(recipe: TrainingRecipe, pictures: LabelledPictures, training: [Int]) {
        self.recipe = recipe
        self.pictures = pictures
        self.training = training
        variation = PictureVariation(recipe: recipe.augmentation, input: recipe.input)
        digits = recipe.drawing.map { DrawnDigits(recipe: $0, augmentation: recipe.augmentation) }
        if let drawing = recipe.drawing, drawing.redrawn > 0 {
            tracings = (0..<pictures.count).map { picture in
                Skeleton(tracing: pictures[picture], width: pictures.width, height: pictures.height).drawing
            }
        } else {
            tracings = []
        }
    }

    /// Numbers in one sample.
    public var sampleSize: Int { pictures.pictureSize }

    /// Steps in an epoch. What does not fill a last batch is left for another epoch.
    public var stepsPerEpoch: Int { max(1, itemCount / recipe.batchSize) }

    private var itemCount: Int { training.count + shapeCount }

    private var shapeCount: Int {
        guard let drawing = recipe.drawing, pictures.classes.count == DigitShape.catalogue.count else { return 0 }
        return Int(drawing.shapes * Double(training.count))
    }

    /// The batches of an epoch, each a list of items.
    func plan(epoch: Int) -> [[Item]] {
        var random = SeededRandom(seed: recipe.seed, 0x0EDE, epoch)
        let order = random.permutation(of: itemCount)
        return (0..<stepsPerEpoch).map { step in
            order[step * recipe.batchSize..<min(order.count, (step + 1) * recipe.batchSize)].map { number in
                number < training.count
                    ? .picture(training[number]) : .shape(digit: number % DigitShape.catalogue.count, number: number)
            }
        }
    }

    /// The class of an item.
    func label(of item: Item) -> Int {
        switch item {
        case .picture(let picture): pictures.labels[picture]
        case .shape(let digit, _): digit
        }
    }

    /// Writes an item as it is shown in an epoch.
    func write(_ item: Item, epoch: Int, into target: UnsafeMutableBufferPointer<Float>) {
        switch item {
        case .shape(let digit, let number):
            var random = SeededRandom(seed: recipe.seed, 0x5A4E, epoch, number)
            digits?.shape(of: digit, random: &random, into: target)
        case .picture(let picture):
            var random = SeededRandom(seed: recipe.seed, 0x91C7, epoch, picture)
            write(picture, random: &random, into: target)
        }
    }

    private func write(_ picture: Int, random: inout SeededRandom, into target: UnsafeMutableBufferPointer<Float>) {
        guard let digits, let drawing = recipe.drawing else {
            return variation.varied(pictures[picture], random: &random, into: target)
        }
        let kind = Double(random.uniform(0, 1))
        if kind < drawing.untouched {
            // Half as scanned, half as the digits app frames the scan.
            random.chance(0.5)
                ? variation.plain(pictures[picture], into: target) : digits.framed(pictures[picture], into: target)
        } else if kind < drawing.untouched + drawing.redrawn, let strokes = tracings[picture] {
            digits.redrawn(strokes, random: &random, into: target)
        } else {
            digits.rescanned(pictures[picture], random: &random, into: target)
        }
    }
}

extension SampleSource {

    /// Pictures as they are.
    public static func plain(_ pictures: LabelledPictures, numbers: [Int]? = nil) -> Fixed {
        let numbers = numbers ?? Array(0..<pictures.count)
        return Fixed(labels: numbers.map { pictures.labels[$0] }) { range in
            numbers[range].flatMap { number in pictures[number].map { Float($0) * (1 / 255) } }
        }
    }

    /// Pictures framed as the digits app frames them.
    ///
    /// - Precondition: they are 28 × 28 and grey.
    public static func framed(_ pictures: LabelledPictures, recipe: DrawingRecipe) -> Fixed {
        let digits = DrawnDigits(recipe: recipe, augmentation: AugmentationRecipe())
        return made(count: pictures.count, size: pictures.pictureSize) { number, target in
            digits.framed(pictures[number], into: target)
            return pictures.labels[number]
        }
    }

    /// Held-back pictures whose strokes are drawn again with pens of all widths.
    public func redrawn(_ numbers: [Int], seed: Int) -> Fixed {
        guard let digits, !tracings.isEmpty else { return Fixed() }
        let traced = numbers.filter { tracings[$0] != nil }
        return Self.made(count: traced.count, size: sampleSize) { index, target in
            var random = SeededRandom(seed: seed, 0x7ED0, index)
            if let strokes = tracings[traced[index]] { digits.redrawn(strokes, random: &random, into: target) }
            return pictures.labels[traced[index]]
        }
    }

    /// Digits drawn from stroke shapes, equally many of each.
    public static func shapes(
        count: Int, seed: Int, drawing: DrawingRecipe, augmentation: AugmentationRecipe
    ) -> Fixed {
        let digits = DrawnDigits(recipe: drawing, augmentation: augmentation)
        return made(count: count, size: 28 * 28) { number, target in
            var random = SeededRandom(seed: seed, 0x0DD5, number)
            let digit = number % DigitShape.catalogue.count
            digits.shape(of: digit, random: &random, into: target)
            return digit
        }
    }

    private static func made(
        count: Int, size: Int, _ write: (Int, UnsafeMutableBufferPointer<Float>) -> Int
    ) -> Fixed {
        var labels: [Int] = []
        var pixels = [Float](repeating: 0, count: count * size)
        pixels.withUnsafeMutableBufferPointer { pixels in
            for number in 0..<count {
                let target = UnsafeMutableBufferPointer(rebasing: pixels[number * size..<(number + 1) * size])
                labels.append(write(number, target))
            }
        }
        return Fixed(pixels: pixels, labels: labels)
    }
}
