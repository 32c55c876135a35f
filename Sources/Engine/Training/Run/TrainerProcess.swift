public import Foundation
import JSON

/// The program that trains, as a child process: what it does or breaks stays outside this one.
public struct TrainerProcess: Sendable {
    /// One run.
    public struct Job: Sendable {
        /// What is trained.
        public var recipe: TrainingRecipe
        /// Folder of the pictures, as `PictureDataset` reads it.
        public var data: URL
        /// Folder of the results; made if missing.
        public var output: URL
        /// Threads of the arithmetic; nil for all processors but one.
        public var threads: Int?
        /// Whether an earlier run in the same folder is taken up.
        public var resumes = false
        /// How far the run steps back for other programs, 0…19.
        public var niceness = 10
        /// A model, as ONNX, with the same layers whose weights are learned from; nil starts with random ones.
        public var initial: URL?
        /// Validation samples whose scores are written beside the model.
        public var probes = 0

        /// Makes a job.
        public init(recipe: TrainingRecipe, data: URL, output: URL) {
            (self.recipe, self.data, self.output) = (recipe, data, output)
        }
    }

    private let executable: URL
    private let grace: Duration

    /// Chooses the program.
    ///
    /// - Parameters:
    ///   - executable: file of the program `prunelle-trainer`.
    ///   - grace: how long it may take to stop when asked to; then it is killed.
    public init(executable: URL = Self.besideThisProgram, grace: Duration = .seconds(20)) {
        (self.executable, self.grace) = (executable, grace)
    }

    /// The file `prunelle-trainer` in the folder of the running program.
    public static var besideThisProgram: URL {
        let own = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
        return own.deletingLastPathComponent().appending(path: "prunelle-trainer")
    }

    /// Starts a run.
    ///
    /// - Throws: `TrainerError.notStarted`.
    public func start(_ job: Job) throws(TrainerError) -> TrainerRun {
        let recipe = job.output.appending(path: "recipe.json")
        do {
            try FileManager.default.createDirectory(at: job.output, withIntermediateDirectories: true)
            try Data(job.recipe.json.bytes(style: .pretty)).write(to: recipe, options: .atomic)
        } catch {
            throw .notStarted("the output folder cannot be written")
        }
        var arguments = [
            "--recipe", recipe.path, "--data", job.data.path, "--output", job.output.path,
            "--nice", String(job.niceness), "--probe", String(job.probes),
        ]
        if let threads = job.threads { arguments += ["--threads", String(threads)] }
        if let initial = job.initial { arguments += ["--initial", initial.path] }
        if job.resumes { arguments.append("--resume") }
        return try TrainerRun(executable: executable, arguments: arguments, grace: grace)
    }
}
