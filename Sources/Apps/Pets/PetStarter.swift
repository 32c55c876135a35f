import Application
import JSON
import ModelFiles
import Registry

extension StarterModel {
    /// The network that ships for pets: EfficientNet-Lite2 with its 1000 classes grouped, as `Models/pets` says.
    static let pets = StarterModel(
        path: "pets/recipe.json",
        weights: Weights(
            "efficientnet-lite2-9656183e.pth",
            hash: "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d"),
        name: "Prunelle pets", algorithm: "efficientnet-lite2", format: "pytorch",
        fit: ModelFit(
            input: InputGuess(.bytes(.rgb), .stated, reason: "the network prepares its input itself"),
            framing: PetReader.framing),
        figures: { $0["evaluations"]?["test"] ?? [:] })
}
