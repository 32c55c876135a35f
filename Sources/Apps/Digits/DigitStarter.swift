import Application
import JSON
import ModelFiles
import Registry

extension StarterModel {
    /// The network that Prunelle trains for digits.
    static let digits = StarterModel(
        path: "digits/digits.onnx", name: "Prunelle digits", algorithm: "cnn",
        fit: ModelFit(input: InputGuess(.unit(.gray), .stated, reason: "Prunelle trained it on these values")),
        figures: { metrics in
            // What the trainer measured on pictures that had no part in the training.
            guard let test = metrics["evaluations"]?["test"] else { return [:] }
            return [
                "accuracy": test["accuracy"] ?? .null, "loss": test["loss"] ?? .null,
                "pictures": test["count"] ?? .null,
            ]
        })
}
