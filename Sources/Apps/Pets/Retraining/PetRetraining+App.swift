public import Application
public import Foundation
import Imaging
public import Retraining
public import Training

extension PetRetraining.Tools {
    /// The tools of the app itself: its models, and its own reading of photos.
    ///
    /// Brings in the starter and the original's model where that was not done before.
    ///
    /// - Parameters:
    ///   - photos: folder with the folders `Cat` and `Dog`.
    ///   - threads: threads of the arithmetic; nil for all processors but one.
    public init(
        _ context: AppContext, recipe: TrainingRecipe, photos: URL, models: RetrainingFolder, threads: Int? = nil
    ) async throws {
        let own = PetModels(context)
        try await own.start()
        let reader = PetReader(limits: ImageLimits())
        self.init(
            database: context.database, live: own.all.live, graphs: context.graphs, trainer: TrainerProcess(),
            recipe: recipe, photos: photos, models: models
        ) { picture, model in try await reader.read(picture, with: model).score }
        self.threads = threads
    }

    /// The folder of backups, trained models and figures below the folder of data: where the original has it.
    public static func folder(below data: URL) throws(RetrainingError) -> RetrainingFolder {
        try RetrainingFolder(
            data.appending(path: "processed/models"), modelPrefix: "cats_dogs_model_retrained_")
    }
}
