import Foundation
import JSON
import Training

/// The program: reads what it is given, runs, and turns the outcome into an exit code.
enum Trainer {
    static func run(arguments: [String]) -> ExitCode {
        let reporter = Reporter()
        do throws(TrainerFailure) {
            guard let options = try TrainerOptions(arguments) else {
                print(TrainerOptions.help)
                return .finished
            }
            StopSignal.listen()
            // Threads made from here on inherit it.
            if options.niceness > 0 { _ = nice(Int32(options.niceness)) }
            let recipe = try recipe(options)
            try TorchNetwork.setUp(threads: options.threads)
            var run = try TrainingRun(recipe: recipe, options: options, reporter: reporter)
            return try run.run()
        } catch {
            // Wrong arguments are met by people, before there is a run that could fail.
            if error.code == .usage {
                reporter.say("prunelle-trainer: \(error.message)")
            } else {
                reporter.report(.failed(error.message))
            }
            return error.code
        }
    }

    private static func recipe(_ options: TrainerOptions) throws(TrainerFailure) -> TrainingRecipe {
        let bytes: Data
        do {
            bytes =
                try options.recipe.map { try Data(contentsOf: $0) } ?? FileHandle.standardInput.readToEnd() ?? Data()
        } catch {
            throw TrainerFailure(code: .badData, message: "the recipe cannot be read")
        }
        do {
            return try TrainingRecipe(JSONValue(parsing: bytes))
        } catch let error as JSONError {
            throw TrainerFailure(code: .badData, message: "the recipe is no JSON: \(error)")
        } catch {
            throw TrainerFailure(code: .badData, message: "\(error)")
        }
    }
}
