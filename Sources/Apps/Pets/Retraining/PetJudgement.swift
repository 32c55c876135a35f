import Foundation
import Registry
import Training

/// How a model did on photos whose animal is known, shown to it as the server shows photos.
struct PetJudgement: Sendable, Equatable {
    /// Photos told right.
    var right = 0
    /// Photos shown.
    var count = 0
    /// Sum of the binary cross entropy.
    private var loss = 0.0

    /// Part told right.
    var accuracy: Double { count == 0 ? 0 : Double(right) / Double(count) }

    /// Mean binary cross entropy.
    var meanLoss: Double { count == 0 ? 0 : loss / Double(count) }

    /// What gives the probability of a dog, if it is a cat or a dog.
    typealias Score = @Sendable (_ picture: [UInt8], _ model: LiveModel) async throws -> Double

    /// Photos shown at the same time.
    private static let lanes = 4

    /// Shows photos to a model.
    ///
    /// - Parameters:
    ///   - held: the photos, by their places in the folder; class 1 is the dog.
    ///   - folder: the data set.
    /// - Throws: whatever `score` throws, and errors of reading files.
    static func of(
        _ model: LiveModel, on held: HeldBackPictures, in folder: URL, score: @escaping Score
    ) async throws -> PetJudgement {
        try await withThrowingTaskGroup(of: PetJudgement.self) { group in
            for lane in 0..<lanes {
                group.addTask {
                    var own = PetJudgement()
                    for index in stride(from: lane, to: held.pictures.count, by: lanes) {
                        let picture = held.pictures[index]
                        let bytes = [UInt8](try Data(contentsOf: folder.appending(path: picture.name)))
                        own.note(dog: try await score(bytes, model), isDog: picture.label == 1)
                    }
                    return own
                }
            }
            return try await group.reduce(into: PetJudgement()) { sum, part in
                sum.right += part.right
                sum.count += part.count
                sum.loss += part.loss
            }
        }
    }

    /// Counts one photo.
    mutating func note(dog: Double, isDog: Bool) {
        count += 1
        // As the API: a dog must be more probable than a cat.
        if (dog > 0.5) == isDog { right += 1 }
        let given = min(max(isDog ? dog : 1 - dog, 1e-7), 1)
        loss -= log(given)
    }
}
