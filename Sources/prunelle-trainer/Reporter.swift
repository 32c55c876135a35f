import Foundation
import JSON
import Training

/// Tells how the run goes: JSON lines to programs on standard output, text to people on standard error.
struct Reporter {
    /// Tells an event.
    func report(_ event: TrainingEvent) {
        var line = event.json.bytes()
        line.append(0x0A)
        do {
            try FileHandle.standardOutput.write(contentsOf: line)
        } catch {
            // Nobody is left to use what the run would come to.
            StopSignal.raise()
        }
        if let text = Self.text(of: event) { say(text) }
    }

    /// Tells people only.
    func say(_ text: String) {
        try? FileHandle.standardError.write(contentsOf: Array("\(text)\n".utf8))
    }

    private static func text(of event: TrainingEvent) -> String? {
        switch event {
        case .started(let start):
            "\(start.name): \(start.trainingPictures) pictures to learn from, \(start.validationPictures) to validate, "
                + "\(start.testPictures) to test; \(start.classes.count) classes; \(start.parameters) parameters, "
                + "\(start.multiplications) multiplications a picture"
                + (start.epochsDone > 0 ? "; goes on after epoch \(start.epochsDone)" : "")
        case .warning(let message): "warning: \(message)"
        case .progress(let epoch, let step, let steps, let loss):
            "  epoch \(epoch): step \(step) of \(steps), loss \(digits(loss, 4))"
        case .epoch(let epoch):
            "epoch \(epoch.number) of \(epoch.count): loss \(digits(epoch.trainingLoss, 4)), "
                + "right \(percent(epoch.trainingAccuracy)); validation \(digits(epoch.validationLoss, 4)), "
                + "right \(percent(epoch.validationAccuracy))\(epoch.isBest ? " (best)" : ""); "
                + "\(digits(epoch.seconds, 1)) s, \(Int(epoch.picturesPerSecond)) pictures/s"
        case .checkpoint: nil
        case .finished(let metrics):
            "finished after \(Int(metrics.seconds)) s, best epoch \(metrics.bestEpoch): "
                + metrics.evaluations.map { "\($0.name) \(percent($0.evaluation.accuracy))" }.joined(separator: ", ")
        case .stopped(let epoch): "stopped; epoch \(epoch) is the last one saved"
        case .failed(let message): "failed: \(message)"
        }
    }

    private static func digits(_ value: Double, _ places: Int) -> String { String(format: "%.\(places)f", value) }
    private static func percent(_ part: Double) -> String { digits(100 * part, 2) + " %" }
}
