import Testing

@testable import Training

@Suite("Samples")
struct SampleSourceTests {
    private func source(seed: Int) throws -> SampleSource {
        var recipe = SamplePictures.barsRecipe()
        recipe.seed = seed
        (recipe.augmentation.rotation, recipe.augmentation.elastic, recipe.augmentation.flip) = (10, 0.02, true)
        let pictures = try SamplePictures.bars(count: 40)
        return SampleSource(recipe: recipe, pictures: pictures, training: Array(0..<30))
    }

    @Test("an epoch is the same each time, and no other epoch or seed is")
    func seeded() throws {
        func pixels(seed: Int, epoch: Int) throws -> [Float] {
            try source(seed: seed).batches(epoch: epoch).flatMap { $0().pixels }
        }
        let first = try pixels(seed: 1, epoch: 1)
        #expect(try first == pixels(seed: 1, epoch: 1))
        #expect(try first != pixels(seed: 1, epoch: 2))
        #expect(try first != pixels(seed: 2, epoch: 1))
        #expect(first.allSatisfy { $0 >= 0 && $0 <= 1 })
    }

    @Test("batches are full, and an epoch shows no picture twice")
    func plan() throws {
        let batches = try source(seed: 1).plan(epoch: 3)
        #expect(batches.map(\.count) == [8, 8, 8])
        let numbers = batches.flatMap { $0 }.map { item in
            if case .picture(let number) = item { number } else { -1 }
        }
        #expect(Set(numbers).count == 24)
        #expect(numbers.allSatisfy { (0..<30).contains($0) })
    }

    @Test("without variations a picture comes as it is")
    func unvaried() throws {
        let pictures = try SamplePictures.bars(count: 4)
        let variation = PictureVariation(recipe: AugmentationRecipe(), input: SamplePictures.barsRecipe().input)
        var target = [Float](repeating: 0, count: 144)
        var random = SeededRandom(seed: 1)
        target.withUnsafeMutableBufferPointer { variation.varied(pictures[1], random: &random, into: $0) }
        #expect(zip(target, pictures[1]).allSatisfy { abs($0 - Float($1) / 255) < 1e-4 })
    }

    @Test("mirroring exchanges left and right of half of the pictures")
    func mirrored() throws {
        var recipe = AugmentationRecipe()
        recipe.flip = true
        let pictures = try SamplePictures.bars(count: 4)
        let variation = PictureVariation(recipe: recipe, input: SamplePictures.barsRecipe().input)
        let plain = pictures[0].map { Float($0) / 255 }
        let mirror = (0..<144).map { (index: Int) -> Float in plain[index / 12 * 12 + 11 - index % 12] }
        var counts = (plain: 0, mirrored: 0)
        for seed in 0..<60 {
            var target = [Float](repeating: 0, count: 144)
            var random = SeededRandom(seed: seed)
            target.withUnsafeMutableBufferPointer { variation.varied(pictures[0], random: &random, into: $0) }
            if zip(target, plain).allSatisfy({ abs($0 - $1) < 1e-4 }) { counts.plain += 1 }
            if zip(target, mirror).allSatisfy({ abs($0 - $1) < 1e-4 }) { counts.mirrored += 1 }
        }
        #expect(counts.plain + counts.mirrored == 60)
        #expect(counts.plain > 15 && counts.mirrored > 15)
    }

    @Test(
        "beyond the edge lies the picture mirrored, or the edge goes on", arguments: AugmentationRecipe.Outside.allCases
    )
    func outside(rule: AugmentationRecipe.Outside) {
        var (recipe, input) = (AugmentationRecipe(), InputRecipe())
        (recipe.outside, recipe.shift) = (rule, 0.5)
        (input.width, input.height, input.channels) = (8, 8, 1)
        let variation = PictureVariation(recipe: recipe, input: input)
        // Columns of rising levels: what a column shows tells where it was taken from.
        let pixels = (0..<64).map { UInt8($0 % 8 * 30) }
        for seed in 0..<20 {
            var target = [Float](repeating: 0, count: 64)
            var random = SeededRandom(seed: seed)
            target.withUnsafeMutableBufferPointer { variation.varied(pixels[...], random: &random, into: $0) }
            let row = target.prefix(8).map { $0 * 255 / 30 }
            let steps = zip(row, row.dropFirst()).map { $1 - $0 }
            #expect(steps.allSatisfy { rule == .mirror ? $0 > -1.01 : $0 > -0.01 })
            if rule == .mirror { #expect(steps.count { abs($0) < 0.5 } <= 2, "only the fold stands still") }
        }
    }
}
