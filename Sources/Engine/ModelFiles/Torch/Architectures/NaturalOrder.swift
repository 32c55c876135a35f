/// The order of names in which numbers count as numbers: `2` before `10`, `fc2` before `fc10`.
enum NaturalOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        let (left, right) = (pieces(left), pieces(right))
        for (one, other) in zip(left, right) where one != other { return one < other }
        return left.count < right.count
    }

    /// A number without leading zeros is compared by its length first, so that no number is too large.
    private struct Piece: Comparable {
        let isText: Bool
        let text: Substring

        static func < (left: Self, right: Self) -> Bool {
            if left.isText != right.isText { return right.isText }
            if left.isText || left.text.utf8.count == right.text.utf8.count { return left.text < right.text }
            return left.text.utf8.count < right.text.utf8.count
        }
    }

    private static func pieces(_ name: String) -> [Piece] {
        var pieces: [Piece] = []
        var rest = Substring(name)
        while let first = rest.first {
            let isNumber = first.isASCII && first.isNumber
            let piece = rest.prefix { ($0.isASCII && $0.isNumber) == isNumber }
            rest = rest[piece.endIndex...]
            pieces.append(Piece(isText: !isNumber, text: isNumber ? piece.drop { $0 == "0" } : piece))
        }
        return pieces
    }
}
