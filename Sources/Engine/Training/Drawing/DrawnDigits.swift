import Imaging

/// Makes digits as people draw them on a canvas, framed as the digits app frames what it is sent.
struct DrawnDigits {
    let recipe: DrawingRecipe
    let augmentation: AugmentationRecipe
    private let preprocessing = DigitPreprocessing()

    init(recipe: DrawingRecipe, augmentation: AugmentationRecipe) {
        (self.recipe, self.augmentation) = (recipe, augmentation)
    }

    /// Draws the traced strokes of a training picture again with some pen.
    func redrawn(_ strokes: InkDrawing, random: inout SeededRandom, into target: UnsafeMutableBufferPointer<Float>) {
        let warp = Warp(augmentation, random: &random)
        let pressure = random.chance(0.3) ? random.uniform(0, 0.3) : 0
        var drawing = strokes.centred.mapped { warp($0) }
        if pressure > 0 {
            let lean = random.uniform(-pressure, pressure)
            for index in drawing.pieces.indices { drawing.pieces[index].pressure += lean * drawing.pieces[index].end.y }
        }
        finish(drawing, random: &random, into: target)
    }

    /// Draws a digit from one of its stroke shapes.
    func shape(of digit: Int, random: inout SeededRandom, into target: UnsafeMutableBufferPointer<Float>) {
        let shapes = DigitShape.catalogue[digit]
        var rest = random.uniform(0, shapes.reduce(0) { $0 + $1.weight })
        let shape =
            shapes.first {
                rest -= $0.weight; return rest < 0
            } ?? shapes[0]
        let pressure = random.chance(0.3) ? random.uniform(0, 0.4) : 0
        let jitter = random.uniform(0.005, 0.06)
        let warp = Warp(augmentation, random: &random)
        // Digits differ most in how wide they are written.
        let slimness = Point(random.uniform(0.45, 1), 1)
        let drawing = shape.drawing(jitter: jitter, pressure: pressure, random: &random)
            .mapped { warp(($0 - 0.5) * slimness) }
        finish(drawing, random: &random, into: target)
    }

    /// Varies the scan of a digit, strokes and all.
    func rescanned(
        _ pixels: ArraySlice<UInt8>, random: inout SeededRandom, into target: UnsafeMutableBufferPointer<Float>
    ) {
        // Doubled, with room around the digit for turning and stretching it.
        let side = 72
        let reach: Float = 1.25
        let warp = Warp(augmentation, random: &random)
        var plane = GreyPlane(width: side, height: side)
        pixels.withUnsafeBufferPointer { source in
            func level(_ x: Int, _ y: Int) -> Float {
                x >= 0 && y >= 0 && x < 28 && y < 28 ? Float(source[y * 28 + x]) : 0
            }
            plane.levels.withUnsafeMutableBufferPointer { levels in
                for y in 0..<side {
                    for x in 0..<side {
                        let place = ((Point(Float(x), Float(y)) + 0.5) / Float(side) - 0.5) * reach
                        let sample = (warp(place) + 0.5) * 28 - 0.5
                        guard sample.x > -1, sample.y > -1, sample.x < 28, sample.y < 28 else { continue }
                        // Shifted by one so that truncation rounds down.
                        let (left, top) = (Int(sample.x + 1) - 1, Int(sample.y + 1) - 1)
                        let (partX, partY) = (sample.x - Float(left), sample.y - Float(top))
                        let upper = level(left, top) * (1 - partX) + level(left + 1, top) * partX
                        let lower = level(left, top + 1) * (1 - partX) + level(left + 1, top + 1) * partX
                        levels[y * side + x] = UInt8(upper * (1 - partY) + lower * partY)
                    }
                }
            }
        }
        if random.chance(Float(augmentation.thickness)) { plane = changedThickness(plane, random: &random) }
        weather(&plane, random: &random)
        frame(plane, into: target)
    }

    /// Frames a picture without changing it otherwise.
    func framed(_ pixels: ArraySlice<UInt8>, into target: UnsafeMutableBufferPointer<Float>) {
        var plane = GreyPlane(width: DigitPreprocessing.side, height: DigitPreprocessing.side)
        plane.levels = Array(pixels)
        frame(plane, into: target)
    }

    private func frame(_ plane: GreyPlane, into target: UnsafeMutableBufferPointer<Float>) {
        let image = PixelImage(width: plane.width, height: plane.height, format: .gray, pixels: plane.levels)
        let framed = preprocessing.picture(from: image)
        for (index, level) in framed.pixels.enumerated() { target[index] = Float(level) / 255 }
    }

    private func finish(
        _ drawing: InkDrawing, random: inout SeededRandom, into target: UnsafeMutableBufferPointer<Float>
    ) {
        let longestSide = random.uniform(36, 100)
        let pen = random.logUniform(Float(recipe.thinnestPen), Float(recipe.thickestPen)) * longestSide
        var plane = drawing.drawn(longestSide: longestSide, pen: pen)
        weather(&plane, random: &random)
        frame(plane, into: target)
    }

    private func changedThickness(_ plane: GreyPlane, random: inout SeededRandom) -> GreyPlane {
        if random.chance(0.5) {
            let thick = plane.spread(thicker: true)
            return random.chance(0.3) ? thick.spread(thicker: true) : thick
        }
        let thin = plane.spread(thicker: false)
        // Thin strokes would break or vanish.
        return thin.ink * 2 > plane.ink ? thin : plane
    }

    private func weather(_ plane: inout GreyPlane, random: inout SeededRandom) {
        let isPale = random.chance(0.25)
        let isGrainy = random.chance(0.1)
        guard isPale || isGrainy else { return }
        let strength = isPale ? 1 - random.uniform(0, max(0.01, Float(augmentation.contrast))) : 1
        let grain = isGrainy ? random.uniform(0, Float(augmentation.noise)) * 255 : 0
        plane.weather(strength: strength, grain: grain, random: &random)
    }
}
