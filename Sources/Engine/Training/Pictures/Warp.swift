import Foundation

/// A random change of geometry: turn, shear, scale, shift and elastic displacement.
///
/// Places are measured from the picture's middle in units of its side, so that it spans −0.5…0.5.
struct Warp {
    private var column: Point
    private var row: Point
    private var offset: Point
    /// Displacements at the knots of a grid over −0.6…0.6; empty for none.
    private var grid: [Point] = []

    private static let knots = 6
    private static let reach: Float = 0.6

    /// Draws a change whose strength the recipe limits.
    init(_ recipe: AugmentationRecipe, random: inout SeededRandom) {
        func symmetric(_ limit: Double) -> Float { random.uniform(-Float(limit), Float(limit)) }
        let angle = symmetric(recipe.rotation) * .pi / 180
        let shear = symmetric(recipe.shear)
        var scale = Point(1 + symmetric(recipe.scale), 1 + symmetric(recipe.scale))
        // Drawn only where asked for, so that recipes without it go on seeing what they saw.
        if recipe.zoom > 0 { scale *= 1 + symmetric(recipe.zoom) }
        column = Point(cos(angle), sin(angle)) * scale.x
        row = Point(shear * cos(angle) - sin(angle), shear * sin(angle) + cos(angle)) * scale.y
        offset = Point(symmetric(recipe.shift), symmetric(recipe.shift))
        guard recipe.elastic > 0 else { return }
        let strength = Float(recipe.elastic)
        grid = (0..<Self.knots * Self.knots).map { _ in Point(random.normal(strength), random.normal(strength)) }
    }

    /// Where a place goes.
    func callAsFunction(_ place: Point) -> Point {
        var result = column * place.x + row * place.y + offset
        guard !grid.isEmpty else { return result }
        let last = Float(Self.knots - 1)
        let position = ((place + Self.reach) * (last / (2 * Self.reach))).clamped(
            lowerBound: Point(repeating: 0), upperBound: Point(repeating: last - 0.001))
        let (x, y) = (Int(position.x), Int(position.y))
        // Eased, so that the displacement has no kinks at the knots.
        let part = position - Point(Float(x), Float(y))
        let ease = part * part * (3 - 2 * part)
        let index = y * Self.knots + x
        let top = grid[index] + (grid[index + 1] - grid[index]) * ease.x
        let bottom = grid[index + Self.knots] + (grid[index + Self.knots + 1] - grid[index + Self.knots]) * ease.x
        result += top + (bottom - top) * ease.y
        return result
    }
}
