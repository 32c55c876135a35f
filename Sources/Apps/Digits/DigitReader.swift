import Foundation
import Imaging
import Inference
import ModelFiles
import Registry
import Tensors

/// What a model made of one picture.
struct DigitReading: Sendable, Equatable {
    /// Probability of each digit 0…9.
    let probabilities: [Double]
    /// The 28×28 grey picture the model was given, one byte per pixel.
    let seen: [UInt8]

    /// The most probable digit; of equals the smallest.
    var digit: Int {
        probabilities.indices.reduce(0) { probabilities[$1] > probabilities[$0] ? $1 : $0 }
    }

    /// The probability of `digit`.
    var probability: Double { probabilities[digit] }
}

/// Reads one digit from a picture with any model that takes 28×28 values and gives ten.
struct DigitReader: Sendable {
    static let side = 28
    static let classes = 10

    private let preprocessing: DigitPreprocessing

    init(limits: ImageLimits) {
        preprocessing = DigitPreprocessing(decoder: ImageDecoder(limits: limits))
    }

    /// Whether the bytes are a picture that can be read.
    ///
    /// - Throws: `ImageError` when they are not.
    func check(_ picture: [UInt8]) throws {
        _ = try preprocessing.picture(from: picture)
    }

    /// Decodes, preprocesses and predicts, all in one turn of an inference worker.
    ///
    /// - Throws: `ImageError` when the bytes are not a picture, `InferenceError` when the model cannot answer.
    func read(_ picture: [UInt8], with live: LiveModel) async throws -> DigitReading {
        let preprocessing = preprocessing
        return try await Self.read(with: live.network, values: live.fit.input.convention) {
            try preprocessing.picture(from: picture).pixels
        }
    }

    /// Predicts from 28×28 grey levels that need no further preparation.
    ///
    /// - Throws: `InferenceError` when the model cannot answer.
    static func read(
        _ seen: [UInt8], with network: LoadedModel, values: InputConvention
    ) async throws -> DigitReading {
        try await read(with: network, values: values) { seen }
    }

    private static func read(
        with network: LoadedModel, values: InputConvention, preparing: @escaping @Sendable () throws -> [UInt8]
    ) async throws -> DigitReading {
        let shape = try inputShape(of: network)
        let (outputs, seen) = try await network.predictKeeping {
            let seen = try preparing()
            return (input: tensor(seen, shape: shape, values: values), kept: seen)
        }
        guard let scores = outputs.first?.values, scores.count == classes else {
            throw InferenceError.failed(reason: "the model did not give \(classes) values")
        }
        let probabilities = probabilities(scores)
        guard probabilities.allSatisfy(\.isFinite) else {
            throw InferenceError.failed(reason: "the model gave values that are not numbers")
        }
        return DigitReading(probabilities: probabilities, seen: seen)
    }

    /// Whether a model can answer for the app.
    static func require(_ network: LoadedModel) throws {
        _ = try inputShape(of: network)
        guard let output = network.outputs.first else {
            throw RegistryError.unusable(reason: "the model has no output")
        }
        // The first axis counts pictures and is often open; the others must be known for their product to tell anything.
        let axes = output.shape.dropFirst(output.shape.count > 1 ? 1 : 0)
        let known = axes.compactMap(\.self).reduce(1, *)
        guard !output.hasKnownRank || axes.contains(nil) || known == classes else {
            throw RegistryError.unusable(
                reason: "the model gives \(known) values; a digits model gives \(classes), one for each digit")
        }
    }

    /// The shape in which a model takes one picture, such as `[1, 28, 28, 1]`, `[1, 784]` or `[28, 28]`.
    static func inputShape(of network: LoadedModel) throws -> [Int] {
        guard network.inputs.count == 1, let input = network.inputs.first, input.hasKnownRank else {
            throw RegistryError.unusable(
                reason: "the model has \(network.inputs.count) inputs; a digits model has one, a picture")
        }
        let declared = input.shape.map { $0.map(String.init) ?? "any" }.joined(separator: "×")
        let candidates =
            [[1, side, side, 1], [1, 1, side, side], [1, side * side], [1, side, side]]
            + [
                [side, side], [side * side], [side, side, 1], [1, side, side, 3], [1, 3, side, side],
                [1, 1, 1, side * side],
            ]
        guard let shape = candidates.first(where: input.accepts) else {
            throw RegistryError.unusable(
                reason: "the model takes \(declared) values; a digits model takes one grey picture of 28×28 pixels")
        }
        return shape
    }

    /// The grey levels in the arrangement and range of a model, repeated for models that take three colours.
    static func tensor(_ seen: [UInt8], shape: [Int], values: InputConvention) -> Tensor {
        func plane(_ channel: Int) -> [Float] {
            let table = values.table(ofChannel: channel)
            return seen.map { table[Int($0)] }
        }
        if shape.reduce(1, *) == seen.count { return Tensor(shape: shape, values: plane(0)) }
        let planes = (0..<3).map(plane)
        guard shape.last == 3 else { return Tensor(shape: shape, values: planes.flatMap(\.self)) }
        return Tensor(shape: shape, values: seen.indices.flatMap { pixel in planes.map { $0[pixel] } })
    }

    /// Scores as probabilities: unchanged when they are some already, else through a softmax.
    static func probabilities(_ scores: [Float]) -> [Double] {
        let values = scores.map(Double.init)
        let isDistribution = values.allSatisfy { (-1e-4...1.0001).contains($0) } && abs(values.reduce(0, +) - 1) < 1e-2
        if isDistribution { return values.map { min(max($0, 0), 1) } }
        let peak = values.max() ?? 0
        let powers = values.map { exp($0 - peak) }
        let sum = powers.reduce(0, +)
        return powers.map { $0 / sum }
    }
}
