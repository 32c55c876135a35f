public import Foundation
public import Registry
public import Retraining
public import Storage
public import Training

/// Trains the cats and dogs network again when people disagree with it, and lets it answer if it is clearly better.
///
/// The photos that people sent are not kept, so learning goes on from the answering model's weights on the photos it
/// was first trained on. New and old model are judged on the same photos held back, as the server shows photos to them.
public struct PetRetraining: Sendable {
    /// What the work is done with.
    public struct Tools: Sendable {
        /// Where the table of feedback is.
        public var database: any SQLDatabase
        /// The versions of the app's models.
        public var live: LiveModels
        /// The files of the versions.
        public var graphs: ModelGraphs
        /// What trains.
        public var trainer: TrainerProcess
        /// What is trained; epochs and learning rate come from the settings.
        public var recipe: TrainingRecipe
        /// Threads of the arithmetic; nil for all processors but one.
        public var threads: Int?
        /// Folder of the photos, with the folders `Cat` and `Dog`.
        public var photos: URL
        /// Folder of backups, trained models and figures.
        public var models: RetrainingFolder
        /// Gives the probability of a dog, if it is a cat or a dog, as the app would.
        public var score: @Sendable (_ picture: [UInt8], _ model: LiveModel) async throws -> Double

        /// Puts tools together.
        public init(
            database: any SQLDatabase, live: LiveModels, graphs: ModelGraphs, trainer: TrainerProcess,
            recipe: TrainingRecipe, photos: URL, models: RetrainingFolder,
            score: @escaping @Sendable (_ picture: [UInt8], _ model: LiveModel) async throws -> Double
        ) {
            (self.database, self.live, self.graphs, self.trainer) = (database, live, graphs, trainer)
            (self.recipe, self.photos, self.models, self.score) = (recipe, photos, models, score)
        }
    }

    private let settings: PetRetrainingSettings
    private let tools: Tools
    private let gate: DeploymentGate

    /// Prepares a retraining.
    public init(_ settings: PetRetrainingSettings, tools: Tools, gate: DeploymentGate = DeploymentGate()) {
        (self.settings, self.tools, self.gate) = (settings, tools, gate)
    }

    /// Looks at the feedback of the last days.
    ///
    /// - Returns: what it says, and what speaks against training; nothing does where training is forced.
    public func check() async throws -> (statistics: PetFeedbackStatistics, obstacles: [String]) {
        let statistics = try await PetFeedbackStatistics(tools.database, daysBack: settings.daysBack)
        return (statistics, settings.isForced ? [] : settings.thresholds.obstacles(statistics.counts))
    }

    /// Trains, judges and deploys, if the feedback asks for it and no other run is under way.
    ///
    /// - Parameters:
    ///   - isSimulated: stops before anything is written.
    ///   - report: is told what happens, for people.
    public func run(
        isSimulated: Bool = false, report: @escaping @Sendable (RunJournal.Level, String) -> Void = { _, _ in }
    ) async -> PetRetrainingResult {
        let start = Date()
        var statistics: PetFeedbackStatistics?
        func result(_ outcome: PetRetrainingResult.Outcome) -> PetRetrainingResult {
            PetRetrainingResult(outcome: outcome, statistics: statistics, startedAt: start, endedAt: Date())
        }
        do {
            let (found, obstacles) = try await check()
            statistics = found
            guard obstacles.isEmpty else {
                for obstacle in obstacles { report(.info, obstacle) }
                return result(.skipped(reason: "Conditions de ré-entraînement non remplies"))
            }
            if isSimulated { return result(.simulated) }
            guard let lock = try tools.models.lock() else {
                return result(.skipped(reason: "another retraining is under way"))
            }
            defer { withExtendedLifetime(lock) {} }
            let work = PetRetrainingRun(settings: settings, tools: tools, gate: gate, report: report)
            let completion = try await work.run()
            let outcome = result(.completed(completion.values))
            try work.write(outcome, completion.stamp)
            if settings.cleansUp {
                for name in tools.models.cleanUp() { report(.info, "removed: \(name)") }
            }
            return outcome
        } catch let error as StorageError {
            return result(.failed(reason: error.message))
        } catch is CancellationError {
            return result(.failed(reason: "the training was stopped"))
        } catch {
            return result(.failed(reason: "\(error)"))
        }
    }
}
