import Imaging
import Inference
import ModelFiles
import Registry
import Tensors

/// Tells cats from dogs with any model that takes one colour picture and gives one, two or three values.
struct PetReader: Sendable {
    private let decoder: ImageDecoder

    /// What the original does: Pillow's bicubic resize to the model's size, whatever the shape.
    static let framing = PictureFraming(.stretch, filter: .bicubic)

    init(limits: ImageLimits) {
        decoder = ImageDecoder(limits: limits)
    }

    /// Decodes, preprocesses and predicts, all in one turn of an inference worker.
    ///
    /// - Throws: `ImageError` when the bytes are not a picture, `InferenceError` when the model cannot answer.
    func read(_ picture: [UInt8], with live: LiveModel) async throws -> PetReading {
        let profile = try Self.profile(of: live.network, live.fit)
        let decoder = decoder
        let outputs = try await live.network.predict { try profile.tensor(from: picture, decoder: decoder) }
        guard let reading = PetReading(outputs.first?.values ?? []) else {
            throw InferenceError.failed(reason: "the model did not give probabilities of cat and dog")
        }
        return reading
    }

    /// Whether a model can answer for the app.
    static func require(_ network: LoadedModel) throws {
        _ = try size(of: network)
        guard let output = network.outputs.first else {
            throw RegistryError.unusable(reason: "the model has no output")
        }
        // The first axis counts pictures and is often open; the others must be known for their product to tell anything.
        let axes = output.shape.dropFirst(output.shape.count > 1 ? 1 : 0)
        let known = axes.compactMap(\.self).reduce(1, *)
        guard !output.hasKnownRank || axes.contains(nil) || (1...3).contains(known) else {
            throw RegistryError.unusable(
                reason: "the model gives \(known) values; a pets model gives one (dog), two (cat, dog) or three "
                    + "(cat, dog, neither)")
        }
    }

    /// The values to give to a model: what its reader believes.
    ///
    /// There are no photos to try it on: those in common use are not free, and drawn animals would say nothing of photos.
    static func fit(_ network: LoadedModel, _ guess: InputGuess?) async throws -> ModelFit {
        let belief = guess ?? InputGuess(.unit(.rgb), .assumed, reason: "nothing in the file tells")
        var convention = belief.convention
        if convention.channels == .gray { convention.channels = .rgb }
        return ModelFit(input: InputGuess(convention, belief.certainty, reason: belief.reason))
    }

    /// How pictures are prepared for a network.
    static func profile(of network: LoadedModel, _ fit: ModelFit) throws -> PreprocessingProfile {
        let (width, height, layout) = try size(of: network)
        let framing = fit.framing ?? Self.framing
        let values = fit.input.convention
        var profile = PreprocessingProfile(width: width, height: height)
        profile.layout = layout
        profile.fit = framing.fit
        profile.shorterSide = framing.shorterSide
        profile.filter = framing.filter
        profile.color = values.channels == .bgr ? .bgr : .rgb
        profile.scale = values.scale
        profile.mean = values.mean
        profile.standardDeviation = values.standardDeviation
        // As the original, which knows nothing of EXIF and drops transparency.
        profile.orientation = .ignore
        profile.alpha = .drop
        profile.reducesLargeJPEG = false
        let problems = profile.problems()
        guard problems.isEmpty else { throw RegistryError.unusable(reason: problems.joined(separator: "; ")) }
        return profile
    }

    /// Width and height of a network's input, and the order of its axes.
    private static func size(
        of network: LoadedModel
    ) throws -> (width: Int, height: Int, layout: PreprocessingProfile.Layout) {
        guard network.inputs.count == 1, let input = network.inputs.first else {
            throw RegistryError.unusable(
                reason: "the model has \(network.inputs.count) inputs; a pets model has one, a picture")
        }
        let declared = input.shape.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
        let shape = input.shape
        if input.hasKnownRank, shape.count == 4, shape[0] ?? 1 == 1 {
            if shape[3] == 3, let height = shape[1], let width = shape[2] { return (width, height, .nhwc) }
            if shape[1] == 3, let height = shape[2], let width = shape[3] { return (width, height, .nchw) }
        }
        throw RegistryError.unusable(
            reason: "the model takes \(input.hasKnownRank ? declared : "any") values; a pets model takes one colour "
                + "picture of a fixed height and width, 1×height×width×3 or 1×3×height×width")
    }
}
