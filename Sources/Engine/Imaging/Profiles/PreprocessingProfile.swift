/// How pictures are prepared for a model version: data that is stored with the version and shown to people.
///
/// A profile read from JSON has been validated. One made in code is validated by `problems()`.
public struct PreprocessingProfile: Sendable, Equatable {
    /// How a picture of another shape is brought to the model's.
    public enum Fit: String, Sendable, CaseIterable {
        /// Each side is resized by itself; the shape is lost.
        case stretch
        /// The shorter side is resized and the middle is cut out.
        case cover
        /// The whole picture is resized to lie inside, and the rest is filled with `padding`.
        case contain
    }

    /// The channels a model expects, in order.
    public enum ColorOrder: String, Sendable, CaseIterable {
        case gray, rgb, bgr

        /// Number of channels.
        public var channels: Int { self == .gray ? 1 : 3 }
    }

    /// The order of the axes of a tensor.
    public enum Layout: String, Sendable, CaseIterable {
        /// `[1, channels, height, width]`, as PyTorch.
        case nchw
        /// `[1, height, width, channels]`, as Keras.
        case nhwc
    }

    /// Width of the model's input in pixels, 1...4096.
    public var width: Int
    /// Height of the model's input in pixels, 1...4096.
    public var height: Int
    /// How other shapes are brought to this one.
    public var fit = Fit.stretch
    /// With `cover`: the length the shorter side is resized to before the middle is cut out, at least both sides of
    /// the input; nil for the smallest that covers it.
    public var shorterSide: Int?
    /// With `contain`: the colour around the picture, one value per channel in the model's order, or one for all.
    public var padding: [UInt8] = [0]
    /// How pixels are resampled.
    public var filter = ResampleFilter.bilinear
    /// Channels in order.
    public var color = ColorOrder.rgb
    /// Each value 0...255 is multiplied by this first: 1/255 for a range of 0...1, 1 for 0...255.
    public var scale = 1.0 / 255
    /// Subtracted after scaling: one value per channel in the model's order, or one for all.
    public var mean: [Double] = [0]
    /// Divides after subtraction: one value per channel in the model's order, or one for all; never 0.
    public var standardDeviation: [Double] = [1]
    /// Order of the axes.
    public var layout = Layout.nchw
    /// Whether pictures are turned upright first.
    public var orientation = OrientationPolicy.apply
    /// What becomes of transparency.
    public var alpha = AlphaPolicy.drop
    /// Whether a JPEG more than twice as large as needed is decoded at a half, quarter or eighth of its size.
    ///
    /// Several times faster; values differ slightly from those of a full decoding. Without effect on filters that
    /// do not average when shrinking.
    public var reducesLargeJPEG = true

    /// Longest side of a model's input.
    static let longestSide = 4096

    /// A profile with the default for everything but the size.
    public init(width: Int, height: Int) {
        self.width = width
        self.height = height
    }

    /// The shape of the tensors made with this profile.
    public var shape: [Int] {
        layout == .nchw ? [1, color.channels, height, width] : [1, height, width, color.channels]
    }

    /// Everything that is wrong with the values, each as a sentence; empty for a profile that can be used.
    public func problems() -> [String] {
        var problems: [String] = []
        func require(_ condition: Bool, _ problem: String) {
            if !condition { problems.append(problem) }
        }
        let sides = 1...Self.longestSide
        require(sides.contains(width), "width must be 1 to \(Self.longestSide), is \(width)")
        require(sides.contains(height), "height must be 1 to \(Self.longestSide), is \(height)")
        if let shorterSide {
            require(fit == .cover, "shorterSide needs the fit cover, is with \(fit.rawValue)")
            require(
                shorterSide >= max(width, height) && shorterSide <= Self.longestSide,
                "shorterSide must be \(max(width, height)) to \(Self.longestSide), is \(shorterSide)")
        }
        let counts = [1, color.channels]
        for (name, count) in [
            ("padding", padding.count), ("mean", mean.count), ("standardDeviation", standardDeviation.count),
        ] {
            require(
                counts.contains(count),
                "\(name) must have 1 value or one for each of \(color.channels) channels, has \(count)")
        }
        require(scale.isFinite && scale != 0, "scale must be a number other than 0, is \(scale)")
        require(mean.allSatisfy(\.isFinite), "mean must be finite numbers")
        require(
            standardDeviation.allSatisfy { $0.isFinite && $0 != 0 },
            "standardDeviation must be finite numbers other than 0")
        return problems
    }
}

/// Why a profile cannot be used: all its problems at once.
public struct ProfileError: Error, Equatable, CustomStringConvertible {
    /// Each a sentence about one field.
    public let problems: [String]

    /// Makes an error of its problems.
    public init(problems: [String]) {
        self.problems = problems
    }

    public var description: String { "the preprocessing profile is not valid: " + problems.joined(separator: "; ") }
}
