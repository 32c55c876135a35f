/// The middle lines of a mark: what a pen would have to follow to draw it.
struct Skeleton {
    /// Places of the skeleton's pixels, in pixels of the picture.
    private(set) var places: [Point] = []
    /// Which places are joined.
    private(set) var edges: [(Int, Int)] = []

    /// Pixels are doubled before thinning, so that the lines fall between them where they should.
    private static let scale = 2
    /// Branches that end within so many doubled pixels of a fork come from the mark's outline, not from a stroke.
    private static let shortestBranch = 5

    /// Traces a picture of bright marks on black.
    init(tracing pixels: ArraySlice<UInt8>, width: Int, height: Int, threshold: Float = 100) {
        var bitmap = Bitmap(doubling: pixels, width: width, height: height, threshold: threshold)
        bitmap.thin()
        var graph = Graph(bitmap)
        graph.prune(shorterThan: Self.shortestBranch)
        graph.smooth()
        places = graph.places.map { ($0 + 0.5) / Float(Self.scale) }
        edges = graph.edges
    }

    /// The skeleton as a drawing; nil where the picture was empty.
    var drawing: InkDrawing? {
        guard !places.isEmpty else { return nil }
        // A dot has no edges.
        let pieces =
            edges.isEmpty
            ? [InkDrawing.Piece(start: places[0], end: places[0])]
            : edges.map { InkDrawing.Piece(start: places[$0.0], end: places[$0.1]) }
        return InkDrawing(pieces: pieces)
    }
}

/// A picture of marks (true) with a border of one pixel without marks.
private struct Bitmap {
    let width: Int
    let height: Int
    var marks: [Bool]

    init(doubling pixels: ArraySlice<UInt8>, width: Int, height: Int, threshold: Float) {
        self.width = 2 * width + 2
        self.height = 2 * height + 2
        marks = [Bool](repeating: false, count: self.width * self.height)
        pixels.withUnsafeBufferPointer { source in
            func level(_ x: Int, _ y: Int) -> Float {
                x >= 0 && y >= 0 && x < width && y < height ? Float(source[y * width + x]) : 0
            }
            for y in 0..<2 * height {
                for x in 0..<2 * width {
                    // Each doubled pixel lies a quarter off its own pixel, towards a neighbour.
                    let (ownX, ownY) = (x / 2, y / 2)
                    let (nextX, nextY) = (ownX + (x % 2) * 2 - 1, ownY + (y % 2) * 2 - 1)
                    let value =
                        9 * level(ownX, ownY) + 3 * level(nextX, ownY) + 3 * level(ownX, nextY) + level(nextX, nextY)
                    marks[(y + 1) * self.width + x + 1] = value > 16 * threshold
                }
            }
        }
    }

    /// Thins marks to lines one pixel wide.
    ///
    /// - Source: Zhang, Suen: A fast parallel algorithm for thinning digital patterns, CACM 27 (1984).
    mutating func thin() {
        guard let middle = marks.indices.filter({ marks[$0] }).middle else { return }
        defer {
            // The method erases a mark of two by two pixels: a dot.
            if !marks.contains(true) { marks[middle] = true }
        }
        // Neighbours clockwise from the one above.
        let around = [-width, -width + 1, 1, width + 1, width, width - 1, -1, -width - 1]
        var alive = marks.indices.filter { marks[$0] }
        var isFirst = true
        var unchanged = 0
        while unchanged < 2 {
            var removed: [Int] = []
            for index in alive {
                var count = 0
                var changes = 0
                var mask = 0
                for step in 0..<8 {
                    let isMark = marks[index + around[step]]
                    if isMark {
                        count += 1
                        mask |= 1 << step
                    } else if marks[index + around[(step + 1) % 8]] {
                        changes += 1
                    }
                }
                guard (2...6).contains(count), changes == 1 else { continue }
                let (north, east, south, west) = (mask & 1, mask & 4, mask & 16, mask & 64)
                let isRemovable =
                    isFirst
                    ? (north == 0 || east == 0 || south == 0) && (east == 0 || south == 0 || west == 0)
                    : (north == 0 || east == 0 || west == 0) && (north == 0 || south == 0 || west == 0)
                if isRemovable { removed.append(index) }
            }
            for index in removed { marks[index] = false }
            if !removed.isEmpty { alive.removeAll { !marks[$0] } }
            unchanged = removed.isEmpty ? unchanged + 1 : 0
            isFirst.toggle()
        }
    }
}

extension Array {
    fileprivate var middle: Element? { isEmpty ? nil : self[count / 2] }
}

/// The pixels of thin lines with their connections.
private struct Graph {
    var places: [Point] = []
    private var neighbours: [[Int]] = []

    init(_ bitmap: Bitmap) {
        var number = [Int: Int](minimumCapacity: 256)
        for index in bitmap.marks.indices where bitmap.marks[index] {
            number[index] = places.count
            // The border of one pixel is taken off again.
            places.append(Point(Float(index % bitmap.width - 1), Float(index / bitmap.width - 1)))
        }
        neighbours = [[Int]](repeating: [], count: places.count)
        for (index, own) in number {
            func join(_ step: Int, unless corners: (Int, Int)?) {
                guard let other = number[index + step] else { return }
                // A diagonal beside a corner would close a triangle.
                if let corners, bitmap.marks[index + corners.0] || bitmap.marks[index + corners.1] { return }
                neighbours[own].append(other)
                neighbours[other].append(own)
            }
            join(1, unless: nil)
            join(bitmap.width, unless: nil)
            join(bitmap.width + 1, unless: (1, bitmap.width))
            join(bitmap.width - 1, unless: (-1, bitmap.width))
        }
        // The dictionary has no fixed order.
        for index in neighbours.indices { neighbours[index].sort() }
    }

    var edges: [(Int, Int)] {
        neighbours.indices.flatMap { own in neighbours[own].filter { $0 > own }.map { (own, $0) } }
    }

    /// Removes branches that end soon after a fork.
    mutating func prune(shorterThan limit: Int) {
        var dropped: Set<Int> = []
        for end in neighbours.indices where neighbours[end].count == 1 {
            var path = [end]
            var current = neighbours[end][0]
            while neighbours[current].count == 2, path.count < limit {
                let previous = path[path.count - 1]
                path.append(current)
                current = neighbours[current][0] == previous ? neighbours[current][1] : neighbours[current][0]
            }
            if path.count < limit, neighbours[current].count > 2 { dropped.formUnion(path) }
        }
        guard !dropped.isEmpty else { return }
        let kept = places.indices.filter { !dropped.contains($0) }
        let number = Dictionary(uniqueKeysWithValues: kept.enumerated().map { ($1, $0) })
        neighbours = kept.map { own in neighbours[own].compactMap { number[$0] } }
        places = kept.map { places[$0] }
    }

    /// Evens out the staircase of pixels; ends stay.
    mutating func smooth() {
        for _ in 0..<3 {
            let before = places
            for index in places.indices where neighbours[index].count > 1 {
                let sum = neighbours[index].reduce(Point.zero) { $0 + before[$1] }
                places[index] = (before[index] + sum / Float(neighbours[index].count)) * 0.5
            }
        }
    }
}
