/// Varies a picture at random, as a recipe asks for, and gives it to the network as numbers.
struct PictureVariation {
    let recipe: AugmentationRecipe
    let input: InputRecipe

    /// Writes a picture as it is, in 0…1.
    func plain(_ pixels: ArraySlice<UInt8>, into target: UnsafeMutableBufferPointer<Float>) {
        for (index, level) in pixels.enumerated() { target[index] = Float(level) * (1 / 255) }
    }

    /// Writes a varied picture, in 0…1.
    ///
    /// - Parameters:
    ///   - pixels: a picture of the input's size, rows of interleaved channels.
    ///   - target: as many numbers, in the same order.
    func varied(
        _ pixels: ArraySlice<UInt8>, random: inout SeededRandom, into target: UnsafeMutableBufferPointer<Float>
    ) {
        let warp = Warp(recipe, random: &random)
        let isMirrored = recipe.flip && random.chance(0.5)
        let contrast = 1 + random.uniform(-Float(recipe.contrast), Float(recipe.contrast))
        let brightness = random.uniform(-Float(recipe.brightness), Float(recipe.brightness))
        let size = Point(Float(input.width), Float(input.height))
        pixels.withUnsafeBufferPointer { source in
            for y in 0..<input.height {
                for x in 0..<input.width {
                    var place = (Point(Float(x), Float(y)) + 0.5) / size - 0.5
                    if isMirrored { place.x = -place.x }
                    let sample = (warp(place) + 0.5) * size - 0.5
                    sampled(source, at: sample, into: target, at: (y * input.width + x) * input.channels)
                }
            }
        }
        let noise = Float(recipe.noise)
        for index in 0..<input.width * input.height * input.channels {
            var level = (target[index] - 0.5) * contrast + 0.5 + brightness
            if noise > 0 { level += random.normal(noise) }
            target[index] = min(1, max(0, level))
        }
    }

    /// Interpolates linearly between pixels.
    private func sampled(
        _ source: UnsafeBufferPointer<UInt8>, at place: Point, into target: UnsafeMutableBufferPointer<Float>,
        at index: Int
    ) {
        let x = min(max(inside(place.x, input.width), 0), Float(input.width - 1))
        let y = min(max(inside(place.y, input.height), 0), Float(input.height - 1))
        let (left, top) = (Int(x), Int(y))
        let (right, bottom) = (min(left + 1, input.width - 1), min(top + 1, input.height - 1))
        let (partX, partY) = (x - Float(left), y - Float(top))
        for channel in 0..<input.channels {
            func level(_ x: Int, _ y: Int) -> Float {
                Float(source[(y * input.width + x) * input.channels + channel])
            }
            let upper = level(left, top) * (1 - partX) + level(right, top) * partX
            let lower = level(left, bottom) * (1 - partX) + level(right, bottom) * partX
            target[index + channel] = (upper * (1 - partY) + lower * partY) * (1 / 255)
        }
    }

    /// Where a position beyond the edge is found inside, if the recipe mirrors there.
    private func inside(_ position: Float, _ length: Int) -> Float {
        guard recipe.outside == .mirror else { return position }
        // The mirror stands at the outer edge of the last pixel: a b c | c b a.
        let side = Float(length)
        let distance = (position + 0.5).truncatingRemainder(dividingBy: 2 * side)
        let folded = distance < 0 ? distance + 2 * side : distance
        return (folded < side ? folded : 2 * side - folded) - 0.5
    }
}
