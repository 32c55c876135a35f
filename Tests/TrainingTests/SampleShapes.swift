import Foundation
import TestSupport
import Training

/// Colour pictures of two classes that tests draw: warm discs and cold squares, in places and sizes of their own.
enum SampleShapes {
    /// Writes `count` pictures of each class as files into `Cat` and `Dog`.
    static func folder(count: Int, side: Int = 40, seed: Int = 1) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        for number in 0..<count {
            try folder.write(picture(isDog: false, number: number, side: side, seed: seed), at: "Cat/\(number).bmp")
            try folder.write(picture(isDog: true, number: number, side: side, seed: seed), at: "Dog/\(number).bmp")
        }
        return folder
    }

    /// A BMP file of a disc or a square on a noisy ground.
    static func picture(isDog: Bool, number: Int, side: Int, seed: Int) -> [UInt8] {
        var random = SeededRandom(seed: seed, isDog ? 1 : 0, number)
        let half = Float(side)
        let center = (x: random.uniform(0.35, 0.65) * half, y: random.uniform(0.35, 0.65) * half)
        let radius = random.uniform(0.15, 0.3) * half
        let ground = random.uniform(60, 160)
        let noise = (0..<side * side).map { _ in random.uniform(-25, 25) }
        return BitmapFile.bytes(side: side) { x, y in
            let (dx, dy) = (abs(Float(x) - center.x), abs(Float(y) - center.y))
            let isInside = isDog ? max(dx, dy) < radius : dx * dx + dy * dy < radius * radius
            func level(_ tint: Float) -> UInt8 {
                UInt8(min(255, max(0, (isInside ? tint : ground) + noise[y * side + x])))
            }
            return isDog ? (level(90), level(110), level(170)) : (level(170), level(110), level(90))
        }
    }

    /// The layout of the cats and dogs network, smaller, so that it learns in seconds.
    static func recipe(epochs: Int = 4) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.name = "shapes"
        recipe.seed = 1337
        recipe.epochs = epochs
        recipe.batchSize = 16
        (recipe.input.width, recipe.input.height, recipe.input.channels) = (32, 32, 3)
        (recipe.input.reading, recipe.input.values) = (.tensorflow, .bytes)
        recipe.network.blocks = [8, 12].map { BlockRecipe(width: $0, pool: 2, padding: .valid) }
        (recipe.network.batchNorm, recipe.network.output, recipe.network.dropout) = (false, .sigmoid, 0.2)
        recipe.optimizer.learningRate = 0.01
        (recipe.optimizer.schedule, recipe.optimizer.warmUp, recipe.optimizer.weightDecay) = (.plateau, 0, 0)
        (recipe.validation.fraction, recipe.validation.split) = (0.25, .content)
        (recipe.augmentation.flip, recipe.augmentation.rotation, recipe.augmentation.zoom) = (true, 36, 0.1)
        recipe.augmentation.outside = .mirror
        return recipe
    }
}
