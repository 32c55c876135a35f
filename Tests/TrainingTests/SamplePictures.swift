import Foundation
import Training

/// Pictures that tests make up.
enum SamplePictures {
    /// Two classes of grey pictures, upright and level bars, no two of them equal.
    static func bars(count: Int, side: Int = 12) throws -> LabelledPictures {
        var pixels: [UInt8] = []
        for number in 0..<count {
            let place = 1 + (number / 2) % (side - 2)
            for y in 0..<side {
                for x in 0..<side {
                    let isBar = (number.isMultiple(of: 2) ? x : y) == place
                    pixels.append((isBar ? 200 : 20) + UInt8((x * 7 + y * 3 + number * 11) % 19))
                }
            }
        }
        return try LabelledPictures(
            width: side, height: side, channels: 1, classes: ["level", "upright"], pixels: pixels,
            labels: (0..<count).map { $0.isMultiple(of: 2) ? 1 : 0 })
    }

    /// The files of a data set in the MNIST format.
    static func idx(_ pictures: LabelledPictures) -> (images: [UInt8], labels: [UInt8]) {
        func big(_ value: Int) -> [UInt8] { (0..<4).reversed().map { UInt8(value >> (8 * $0) & 0xFF) } }
        let images = [0, 0, 8, 3] + big(pictures.count) + big(pictures.height) + big(pictures.width) + pictures.pixels
        return (images, [0, 0, 8, 1] + big(pictures.count) + pictures.labels.map { UInt8($0) })
    }

    /// A folder with bars in the MNIST format.
    static func barsFolder(count: Int = 80) throws -> TemporaryFolder {
        let folder = try TemporaryFolder()
        let training = idx(try bars(count: count))
        try folder.write(training.images, at: "train-images-idx3-ubyte")
        try folder.write(training.labels, at: "train-labels-idx1-ubyte")
        let test = idx(try bars(count: 20))
        try folder.write(test.images, at: "t10k-images-idx3-ubyte")
        try folder.write(test.labels, at: "t10k-labels-idx1-ubyte")
        return folder
    }

    /// A recipe that learns bars in a second.
    static func barsRecipe(epochs: Int = 4) -> TrainingRecipe {
        var recipe = TrainingRecipe()
        recipe.name = "bars"
        recipe.seed = 5
        recipe.epochs = epochs
        recipe.batchSize = 8
        (recipe.input.width, recipe.input.height, recipe.input.channels) = (12, 12, 1)
        recipe.network.blocks = [BlockRecipe(width: 4), BlockRecipe(width: 8, stride: 2, pool: 2)]
        recipe.network.head = .flatten
        recipe.optimizer.learningRate = 0.02
        recipe.validation.fraction = 0.2
        recipe.augmentation.noise = 0.05
        return recipe
    }
}
