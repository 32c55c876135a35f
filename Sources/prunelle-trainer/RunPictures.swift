import Foundation
import Training

/// The pictures of a run: what it learns from and what judges it.
struct RunPictures {
    let source: SampleSource
    /// Samples that choose the best epoch.
    let validation: SampleSource.Fixed
    private let dataset: PictureDataset
    private let split: DatasetSplit
    private let recipe: TrainingRecipe

    /// Drawn digits are judged on seeds of their own, which no run learns from.
    private static let drawnSeed = 0x0D16_1750
    private static let drawnCount = 2000

    /// Reads the pictures.
    ///
    /// - Parameter scratch: folder for decoded pictures.
    init(recipe: TrainingRecipe, folder: URL, scratch: URL) throws(TrainerFailure) {
        self.recipe = recipe
        do {
            dataset = try PictureDataset(folder: folder, input: recipe.input, scratch: scratch)
        } catch {
            throw TrainerFailure(code: .badData, message: error.reason)
        }
        split = DatasetSplit(
            dataset.training, fraction: recipe.validation.fraction, seed: recipe.seed, by: recipe.validation.split)
        source = SampleSource(recipe: recipe, pictures: dataset.training, training: split.training)
        var validation = SampleSource.plain(dataset.training, numbers: split.validation)
        if let drawing = recipe.drawing {
            validation += source.redrawn(Array(split.validation.prefix(Self.drawnCount)), seed: Self.drawnSeed)
            validation += SampleSource.shapes(
                count: Self.drawnCount, seed: Self.drawnSeed, drawing: drawing, augmentation: recipe.augmentation)
        }
        self.validation = validation
    }

    var classes: [String] { dataset.training.classes }

    var counts: (training: Int, validation: Int, test: Int) {
        (split.training.count, split.validation.count, dataset.test?.count ?? 0)
    }

    /// The pictures held back, by their place inside the data set; empty for data sets without files.
    var heldBack: HeldBackPictures {
        let pictures = dataset.training
        return HeldBackPictures(
            classes: classes,
            pictures: pictures.names.isEmpty
                ? [] : split.validation.map { .init(name: pictures.names[$0], label: pictures.labels[$0]) })
    }

    /// What was left out of the data set.
    var warnings: [String] {
        let shown = 10
        return dataset.skipped.prefix(shown).map { "left out: \($0)" }
            + (dataset.skipped.count > shown ? ["\(dataset.skipped.count - shown) more files were left out"] : [])
    }

    /// The sets that judge the finished network. Only the first was used to choose it.
    func judges() -> [(name: String, samples: SampleSource.Fixed)] {
        var judges = [("validation", SampleSource.plain(dataset.training, numbers: split.validation))]
        if let test = dataset.test { judges.append(("test", SampleSource.plain(test))) }
        guard let drawing = recipe.drawing else { return judges }
        if let test = dataset.test {
            judges.append(("test-framed", SampleSource.framed(test, recipe: drawing)))
            let redrawn = SampleSource(recipe: recipe, pictures: test, training: [])
            judges.append(("test-redrawn", redrawn.redrawn(Array(0..<test.count), seed: Self.drawnSeed + 1)))
        }
        judges.append(
            (
                "drawn-shapes",
                SampleSource.shapes(
                    count: 5 * Self.drawnCount, seed: Self.drawnSeed + 2, drawing: drawing,
                    augmentation: recipe.augmentation)
            ))
        return judges
    }
}
