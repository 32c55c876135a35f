/// Drawn digits whose values are known, the same at every call: to try a model nobody knows anything about.
///
/// They are plainly written and framed as the digits app frames what it is sent, so a network trained on any set of
/// handwritten digits reads most of them, provided that it is given the values it was trained on.
public enum SampleDigits {
    /// One drawn digit.
    public struct Sample: Sendable {
        /// What it shows, 0…9.
        public let digit: Int
        /// 28 × 28 grey levels, row by row, ink bright on black.
        public let pixels: [UInt8]
    }

    /// Draws every digit several times.
    public static func make(ofEach count: Int) -> [Sample] {
        var recipe = DrawingRecipe()
        (recipe.thinnestPen, recipe.thickestPen) = (0.07, 0.13)
        var augmentation = AugmentationRecipe()
        (augmentation.rotation, augmentation.shear, augmentation.scale) = (6, 0.12, 0.08)
        let pen = DrawnDigits(recipe: recipe, augmentation: augmentation)
        return (0..<count).flatMap { round in
            (0..<10).map { digit in
                var random = SeededRandom(seed: 28, round, digit)
                var levels = [Float](repeating: 0, count: 28 * 28)
                levels.withUnsafeMutableBufferPointer { pen.shape(of: digit, random: &random, into: $0) }
                return Sample(digit: digit, pixels: levels.map { UInt8(($0 * 255).rounded()) })
            }
        }
    }
}
