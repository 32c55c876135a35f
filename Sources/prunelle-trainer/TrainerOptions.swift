import Foundation

/// The arguments of the program.
struct TrainerOptions {
    /// File of the recipe; nil for standard input.
    var recipe: URL?
    var data = URL(filePath: ".")
    var output = URL(filePath: ".")
    var threads = max(1, ProcessInfo.processInfo.activeProcessorCount - 1)
    var resumes = false
    /// File of a model whose weights are learned from; nil for random ones.
    var initial: URL?
    /// How far the program steps back for others, 0…19.
    var niceness = 0
    /// Number of validation samples whose scores are written beside the model.
    var probes = 0

    static let help = """
        usage: prunelle-trainer --recipe FILE --data DIR --output DIR [options]

        Trains a classifier of pictures and writes it as an ONNX model.

          --recipe FILE    the recipe, JSON; - reads standard input
          --data DIR       the MNIST files (train-images-idx3-ubyte, ...), or one folder per class, or train/ and
                           test/ with one folder per class each
          --output DIR     where model.onnx, metrics.json, recipe.json, validation.json (the pictures held back) and
                           checkpoint.bin go; made if missing
          --threads N      threads of the arithmetic; one more prepares pictures (default: processors - 1).
                           Results repeat exactly for the same number only
          --nice N         step back for other programs, 0 to 19 (default: 0)
          --initial FILE   an ONNX model with the recipe's layers, whose weights are learned from
          --resume         go on from checkpoint.bin, if there is one
          --probe N        also write probe.json: N validation samples with their scores
          --help           this text

        Standard output: one JSON object a line ("event": started, warning, progress, epoch, checkpoint, finished,
        stopped, failed). Standard error: the same for people.

        Exit codes: 0 finished; 64 wrong arguments; 65 unusable recipe or pictures; 70 failure while learning;
        73 the output cannot be written; 75 stopped by SIGTERM or SIGINT, can be resumed.
        """

    /// Reads arguments; nil where help is asked for.
    init?(_ arguments: [String]) throws(TrainerFailure) {
        var rest = arguments[...]
        var given: Set<String> = []
        while let option = rest.popFirst() {
            given.insert(option)
            switch option {
            case "--help", "-h": return nil
            case "--resume": resumes = true
            case "--recipe":
                let path = try Self.value(of: option, from: &rest)
                recipe = path == "-" ? nil : URL(filePath: path)
            case "--data": data = URL(filePath: try Self.value(of: option, from: &rest), directoryHint: .isDirectory)
            case "--output":
                output = URL(filePath: try Self.value(of: option, from: &rest), directoryHint: .isDirectory)
            case "--initial": initial = URL(filePath: try Self.value(of: option, from: &rest))
            case "--threads": threads = try Self.number(of: option, in: 1...256, from: &rest)
            case "--nice": niceness = try Self.number(of: option, in: 0...19, from: &rest)
            case "--probe": probes = try Self.number(of: option, in: 0...10_000, from: &rest)
            default: throw Self.wrong("unknown argument '\(option)'")
            }
        }
        for option in ["--recipe", "--data", "--output"] where !given.contains(option) {
            throw Self.wrong("\(option) is missing")
        }
    }

    private static func value(of option: String, from rest: inout ArraySlice<String>) throws(TrainerFailure) -> String {
        guard let value = rest.popFirst(), !value.isEmpty else { throw wrong("\(option) needs a value") }
        return value
    }

    private static func number(
        of option: String, in range: ClosedRange<Int>, from rest: inout ArraySlice<String>
    ) throws(TrainerFailure) -> Int {
        let text = try value(of: option, from: &rest)
        guard let number = Int(text), range.contains(number) else {
            throw wrong("\(option) must be from \(range.lowerBound) to \(range.upperBound), is '\(text)'")
        }
        return number
    }

    private static func wrong(_ message: String) -> TrainerFailure {
        TrainerFailure(code: .usage, message: message + " (see --help)")
    }
}
