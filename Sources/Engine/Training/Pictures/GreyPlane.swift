/// A grey picture to draw on: bright marks on black.
struct GreyPlane {
    let width: Int
    let height: Int
    var levels: [UInt8]

    /// A black plane.
    init(width: Int, height: Int) {
        (self.width, self.height) = (width, height)
        levels = [UInt8](repeating: 0, count: width * height)
    }

    /// Sum of all levels.
    var ink: Int { levels.reduce(0) { $0 + Int($1) } }

    /// Each level becomes the greatest (thicker marks) or least (thinner marks) of it and its four neighbours.
    func spread(thicker: Bool) -> GreyPlane {
        var result = self
        levels.withUnsafeBufferPointer { source in
            result.levels.withUnsafeMutableBufferPointer { target in
                for y in 1..<height - 1 {
                    for index in y * width + 1..<y * width + width - 1 {
                        let upright = (source[index - width], source[index + width])
                        let beside = (source[index - 1], source[index + 1])
                        target[index] =
                            thicker
                            ? max(source[index], upright.0, upright.1, beside.0, beside.1)
                            : min(source[index], upright.0, upright.1, beside.0, beside.1)
                    }
                }
            }
        }
        return result
    }

    /// Changes ink and paper: marks lose strength, paper gets grain.
    mutating func weather(strength: Float, grain: Float, random: inout SeededRandom) {
        for index in levels.indices {
            var level = Float(levels[index]) * strength
            if grain > 0 { level += abs(random.normal(grain)) }
            levels[index] = UInt8(min(255, max(0, level)))
        }
    }
}
