extension DigitShape {
    /// Ways of writing each digit, as they are taught and seen in Europe and America.
    static let catalogue: [[DigitShape]] = [zero, one, two, three, four, five, six, seven, eight, nine]

    private static func smooth(_ x: Float, _ y: Float) -> Knot { Knot(place: Point(x, y), isCorner: false) }
    private static func corner(_ x: Float, _ y: Float) -> Knot { Knot(place: Point(x, y), isCorner: true) }

    /// A round from just beside the top, against the clock, back to the top.
    private static func ring(_ x: Float, _ y: Float, _ radiusX: Float, _ radiusY: Float) -> [Knot] {
        // Eighths of a round: sine and cosine without their errors of the last digit.
        let diagonal: Float = 0.7071
        let unit: [(Float, Float)] = [
            (0.1, -1), (-diagonal, -diagonal), (-1, 0), (-diagonal, diagonal), (0, 1), (diagonal, diagonal), (1, 0),
            (diagonal, -diagonal), (0, -1),
        ]
        return unit.map { smooth(x + radiusX * $0.0, y + radiusY * $0.1) }
    }

    private static let zero = [
        DigitShape(3, ring(0.5, 0.5, 0.36, 0.5)),
        DigitShape(2, ring(0.5, 0.5, 0.5, 0.5)),
        DigitShape(1, ring(0.5, 0.5, 0.22, 0.5)),
        // Left open, or with a tail over the start.
        DigitShape(
            1,
            [
                smooth(0.6, 0.06), smooth(0.3, 0.08), smooth(0.12, 0.5), smooth(0.35, 0.97), smooth(0.75, 0.85),
                smooth(0.88, 0.4), smooth(0.68, 0.03), smooth(0.45, 0.1),
            ]),
        DigitShape(
            1,
            [
                smooth(0.42, 0), smooth(0.14, 0.3), smooth(0.16, 0.75), smooth(0.5, 1), smooth(0.85, 0.7),
                smooth(0.84, 0.28), smooth(0.56, 0.02),
            ]),
    ]

    private static let one = [
        DigitShape(3, [corner(0.5, 0), corner(0.5, 1)]),
        DigitShape(1, [smooth(0.53, 0), smooth(0.49, 0.5), smooth(0.5, 1)]),
        // A short flag, then the long one of Europe.
        DigitShape(2, [corner(0.3, 0.25), corner(0.55, 0), corner(0.55, 1)]),
        DigitShape(2, [corner(0.15, 0.4), corner(0.6, 0), corner(0.6, 1)]),
        DigitShape(2, [corner(0.02, 0.58), corner(0.65, 0), corner(0.65, 1)]),
        DigitShape(1, [smooth(0.1, 0.5), smooth(0.4, 0.25), corner(0.65, 0), corner(0.62, 1)]),
        // With a foot.
        DigitShape(1, [corner(0.3, 0.2), corner(0.5, 0), corner(0.5, 1)], [corner(0.2, 1), corner(0.82, 1)]),
        DigitShape(1, [corner(0.15, 0.35), corner(0.52, 0), corner(0.52, 1)], [corner(0.12, 1), corner(0.9, 1)]),
    ]

    private static let two = [
        DigitShape(
            3,
            [
                smooth(0.1, 0.25), smooth(0.3, 0.03), smooth(0.65, 0.02), smooth(0.85, 0.25), smooth(0.7, 0.52),
                smooth(0.4, 0.78), corner(0.08, 1), corner(0.95, 1),
            ]),
        // With a loop at the foot.
        DigitShape(
            2,
            [
                smooth(0.12, 0.22), smooth(0.4, 0), smooth(0.78, 0.12), smooth(0.76, 0.45), smooth(0.45, 0.8),
                smooth(0.15, 0.98), smooth(0.05, 0.86), smooth(0.25, 0.79), smooth(0.55, 0.95), smooth(0.98, 0.93),
            ]),
        // Round shoulders and a short neck.
        DigitShape(
            1,
            [
                smooth(0.05, 0.3), smooth(0.25, 0.05), smooth(0.6, 0), smooth(0.9, 0.22), smooth(0.65, 0.55),
                corner(0.05, 0.97), smooth(0.5, 0.9), smooth(1, 1),
            ]),
        DigitShape(
            1,
            [
                corner(0.1, 0.08), smooth(0.5, 0), smooth(0.85, 0.1), smooth(0.7, 0.45), corner(0.1, 1),
                corner(0.9, 1),
            ]),
        DigitShape(0.4, [corner(0.1, 0.03), corner(0.9, 0.03), corner(0.1, 1), corner(0.95, 1)]),
    ]

    private static let three = [
        DigitShape(
            3,
            [
                smooth(0.1, 0.15), smooth(0.4, 0), smooth(0.75, 0.1), smooth(0.72, 0.34), corner(0.4, 0.47),
                smooth(0.78, 0.58), smooth(0.85, 0.82), smooth(0.5, 1), smooth(0.08, 0.88),
            ]),
        // A small loop in the middle.
        DigitShape(
            1,
            [
                smooth(0.12, 0.1), smooth(0.5, 0), smooth(0.78, 0.17), smooth(0.55, 0.44), smooth(0.36, 0.48),
                smooth(0.42, 0.42), smooth(0.75, 0.55), smooth(0.83, 0.82), smooth(0.45, 1), smooth(0.08, 0.92),
            ]),
        // A flat top.
        DigitShape(
            2,
            [
                corner(0.1, 0), corner(0.85, 0), corner(0.42, 0.4), smooth(0.8, 0.5), smooth(0.88, 0.78),
                smooth(0.5, 1), smooth(0.08, 0.9),
            ]),
        DigitShape(
            1,
            [
                smooth(0.15, 0.05), smooth(0.6, 0), smooth(0.75, 0.22), corner(0.3, 0.45), smooth(0.85, 0.6),
                smooth(0.75, 0.92), smooth(0.1, 1),
            ]),
    ]

    private static let four = [
        // Open: a hook and a line.
        DigitShape(
            3, [corner(0.25, 0), corner(0.08, 0.6), corner(0.95, 0.6)], [corner(0.7, 0.25), corner(0.68, 1)]),
        DigitShape(
            2, [smooth(0.15, 0), smooth(0.1, 0.35), smooth(0.3, 0.52), smooth(0.6, 0.5), smooth(0.9, 0.42)],
            [corner(0.85, 0), corner(0.8, 1)]),
        DigitShape(1, [corner(0.12, 0), corner(0.12, 0.5), corner(0.9, 0.5)], [corner(0.78, 0), corner(0.78, 1)]),
        // Closed, in two strokes and in one.
        DigitShape(
            3, [corner(0.65, 0), corner(0.03, 0.65), corner(0.97, 0.65)], [corner(0.65, 0), corner(0.65, 1)]),
        DigitShape(2, [corner(0.68, 1), corner(0.7, 0), corner(0.05, 0.68), corner(0.98, 0.68)]),
        DigitShape(
            1, [corner(0.45, 0), corner(0.05, 0.62), corner(0.95, 0.62)], [corner(0.62, 0.38), corner(0.6, 1)]),
    ]

    private static let five = [
        DigitShape(
            3,
            [
                corner(0.85, 0.02), corner(0.25, 0), corner(0.18, 0.45), smooth(0.5, 0.36), smooth(0.85, 0.56),
                smooth(0.8, 0.87), smooth(0.45, 1), smooth(0.08, 0.92),
            ]),
        // The bar as a stroke of its own, also apart from the rest.
        DigitShape(
            2,
            [
                corner(0.25, 0.03), corner(0.2, 0.44), smooth(0.55, 0.38), smooth(0.88, 0.65), smooth(0.6, 0.98),
                smooth(0.1, 0.95),
            ], [corner(0.25, 0.02), corner(0.92, 0)]),
        DigitShape(
            1,
            [
                corner(0.2, 0.1), corner(0.18, 0.46), smooth(0.55, 0.42), smooth(0.82, 0.68), smooth(0.55, 1),
                smooth(0.08, 0.93),
            ], [corner(0.33, 0.03), corner(0.95, 0)]),
        // Written in one swing.
        DigitShape(
            1,
            [
                smooth(0.88, 0.03), smooth(0.5, 0.03), smooth(0.25, 0.12), smooth(0.22, 0.4), smooth(0.6, 0.45),
                smooth(0.85, 0.7), smooth(0.5, 1), smooth(0.1, 0.94),
            ]),
    ]

    private static let six = [
        DigitShape(
            3,
            [
                smooth(0.75, 0), smooth(0.35, 0.25), smooth(0.12, 0.65), smooth(0.25, 0.95), smooth(0.6, 1),
                smooth(0.85, 0.78), smooth(0.65, 0.55), smooth(0.3, 0.6), smooth(0.14, 0.78),
            ]),
        DigitShape(
            2,
            [
                smooth(0.5, 0), smooth(0.2, 0.4), smooth(0.12, 0.75), smooth(0.4, 1), smooth(0.78, 0.88),
                smooth(0.75, 0.6), smooth(0.45, 0.52), smooth(0.17, 0.7),
            ]),
        DigitShape(
            1,
            [
                smooth(0.85, 0.08), smooth(0.5, 0), smooth(0.15, 0.35), smooth(0.12, 0.75), smooth(0.5, 1),
                smooth(0.88, 0.75), smooth(0.55, 0.48), smooth(0.15, 0.65),
            ]),
        DigitShape(
            1,
            [
                smooth(0.25, 0), smooth(0.15, 0.5), smooth(0.2, 0.9), smooth(0.55, 1), smooth(0.8, 0.82),
                smooth(0.6, 0.66), smooth(0.2, 0.78),
            ]),
    ]

    private static let seven = [
        DigitShape(3, [corner(0.05, 0), corner(0.9, 0), corner(0.4, 1)]),
        DigitShape(1, [smooth(0.05, 0.06), smooth(0.5, 0.03), corner(0.92, 0), smooth(0.6, 0.45), smooth(0.45, 1)]),
        DigitShape(1, [corner(0.08, 0.2), corner(0.08, 0), corner(0.9, 0), smooth(0.55, 0.5), smooth(0.42, 1)]),
        // With the bar of Europe.
        DigitShape(3, [corner(0.05, 0), corner(0.9, 0), corner(0.38, 1)], [corner(0.3, 0.5), corner(0.92, 0.5)]),
        DigitShape(
            1, [corner(0.08, 0.18), corner(0.1, 0), corner(0.9, 0), smooth(0.58, 0.5), smooth(0.45, 1)],
            [corner(0.25, 0.52), corner(0.85, 0.48)]),
        DigitShape(
            1,
            [
                smooth(0, 0.1), smooth(0.25, 0), smooth(0.55, 0.08), corner(0.95, 0), smooth(0.55, 0.5),
                smooth(0.5, 1),
            ], [corner(0.3, 0.55), corner(0.9, 0.5)]),
        DigitShape(1, [corner(0.15, 0.02), corner(0.85, 0), corner(0.75, 1)]),
    ]

    private static let eight = [
        DigitShape(
            3,
            [
                smooth(0.78, 0.14), smooth(0.5, 0), smooth(0.2, 0.2), smooth(0.5, 0.48), smooth(0.85, 0.76),
                smooth(0.5, 1), smooth(0.14, 0.77), smooth(0.5, 0.47), smooth(0.8, 0.2), smooth(0.72, 0.08),
            ]),
        DigitShape(2, ring(0.5, 0.23, 0.26, 0.23), ring(0.5, 0.73, 0.33, 0.27)),
        DigitShape(1, ring(0.5, 0.25, 0.3, 0.25), ring(0.5, 0.75, 0.3, 0.25)),
        DigitShape(
            1,
            [
                smooth(0.5, 0.47), smooth(0.22, 0.22), smooth(0.5, 0), smooth(0.78, 0.22), smooth(0.5, 0.47),
                smooth(0.14, 0.76), smooth(0.5, 1), smooth(0.86, 0.76), smooth(0.5, 0.47),
            ]),
    ]

    private static let nine = [
        // A loop, then straight or curved down.
        DigitShape(
            3,
            [
                smooth(0.85, 0.2), smooth(0.5, 0), smooth(0.15, 0.25), smooth(0.4, 0.5), smooth(0.75, 0.38),
                corner(0.86, 0.15), smooth(0.84, 0.6), smooth(0.78, 1),
            ]),
        DigitShape(
            2,
            [
                smooth(0.82, 0.15), smooth(0.5, 0), smooth(0.18, 0.22), smooth(0.38, 0.48), smooth(0.78, 0.35),
                corner(0.85, 0.1), smooth(0.85, 0.7), smooth(0.55, 1), smooth(0.15, 0.92),
            ]),
        DigitShape(2, ring(0.48, 0.26, 0.34, 0.26), [corner(0.84, 0.1), corner(0.8, 1)]),
        DigitShape(
            1,
            [
                smooth(0.75, 0.1), smooth(0.4, 0), smooth(0.18, 0.25), smooth(0.5, 0.45), smooth(0.8, 0.2),
                smooth(0.72, 0.6), smooth(0.45, 1),
            ]),
    ]
}
