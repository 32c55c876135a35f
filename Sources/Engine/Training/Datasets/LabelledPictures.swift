/// Pictures of one size with the class of each.
public struct LabelledPictures: Sendable, Equatable {
    /// Columns of each picture, in pixels.
    public let width: Int
    /// Rows of each picture, in pixels.
    public let height: Int
    /// 1 for grey, 3 for red, green and blue.
    public let channels: Int
    /// Names of the classes, in the order of their numbers.
    public let classes: [String]
    /// Number of each picture's class.
    public let labels: [Int]
    /// Where each picture comes from inside the data set, such as `Cat/12.jpg`; empty for data sets without files.
    public var names: [String] = []
    /// All pictures one after the other, each row-major with interleaved channels.
    private let store: PixelStore

    /// Bytes of pixels that are held in memory.
    static let maximumBytes = 4 << 30

    /// Puts pictures and labels together.
    ///
    /// - Throws: `DatasetError` where the counts do not agree or a label names no class.
    public init(
        width: Int, height: Int, channels: Int, classes: [String], pixels: [UInt8], labels: [Int]
    ) throws(DatasetError) {
        try self.init(
            width: width, height: height, channels: channels, classes: classes, pixels: .memory(pixels), labels: labels)
    }

    /// Puts pictures and labels together.
    init(
        width: Int, height: Int, channels: Int, classes: [String], pixels: PixelStore, labels: [Int]
    ) throws(DatasetError) {
        guard labels.count * width * height * channels == pixels.count else {
            throw DatasetError("there are \(labels.count) labels for \(pixels.count) bytes of pictures")
        }
        if let label = labels.first(where: { !classes.indices.contains($0) }) {
            throw DatasetError("the label \(label) is outside the \(classes.count) classes")
        }
        (self.width, self.height, self.channels) = (width, height, channels)
        (self.classes, self.store, self.labels) = (classes, pixels, labels)
    }

    /// Number of pictures.
    public var count: Int { labels.count }

    /// Bytes of one picture.
    public var pictureSize: Int { width * height * channels }

    /// The pixels of a picture.
    public subscript(picture: Int) -> ArraySlice<UInt8> {
        store[picture * pictureSize..<(picture + 1) * pictureSize]
    }

    /// All pictures one after the other.
    public var pixels: [UInt8] { Array(store[0..<store.count]) }

    /// Checks that pictures of this kind can train a network with a certain input.
    ///
    /// - Throws: `DatasetError` for another size, fewer than two classes, or a class with fewer than two pictures.
    func check(for input: InputRecipe) throws(DatasetError) {
        guard (width, height, channels) == (input.width, input.height, input.channels) else {
            throw DatasetError(
                "the pictures are \(width) x \(height) with \(channels) channels, the recipe's input is "
                    + "\(input.width) x \(input.height) with \(input.channels)")
        }
        guard classes.count >= 2 else {
            throw DatasetError("there is \(classes.count) class, at least 2 are needed to tell apart")
        }
        var counts = [Int](repeating: 0, count: classes.count)
        for label in labels { counts[label] += 1 }
        if let index = counts.firstIndex(where: { $0 < 2 }) {
            throw DatasetError("class '\(classes[index])' has \(counts[index]) pictures, at least 2 are needed")
        }
    }
}
