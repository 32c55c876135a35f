public import JSON

/// The values a model expects of a picture: `(pixel × scale − mean) ÷ standardDeviation` with pixels 0…255.
public struct InputConvention: Sendable, Equatable, JSONRepresentable {
    /// The channels a model expects, in order.
    public enum Channels: String, Sendable, CaseIterable {
        case gray, rgb, bgr
    }

    /// Channels in order.
    public var channels: Channels
    /// Each value 0…255 is multiplied by this first: 1/255 for a range of 0…1, 1 for 0…255.
    public var scale: Double
    /// Subtracted after scaling: one value per channel in the model's order, or one for all.
    public var mean: [Double]
    /// Divides after subtraction: one value per channel in the model's order, or one for all; never 0.
    public var standardDeviation: [Double]

    /// Makes a convention; without mean and deviation the values are only scaled.
    public init(channels: Channels, scale: Double, mean: [Double] = [0], standardDeviation: [Double] = [1]) {
        self.channels = channels
        self.scale = scale
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// Values 0…1.
    public static func unit(_ channels: Channels) -> InputConvention { .init(channels: channels, scale: 1 / 255) }
    /// Values 0…255.
    public static func bytes(_ channels: Channels) -> InputConvention { .init(channels: channels, scale: 1) }
    /// Values −1…1.
    public static func symmetric(_ channels: Channels) -> InputConvention {
        .init(channels: channels, scale: 1 / 255, mean: [0.5], standardDeviation: [0.5])
    }
    /// Values 0…1 standardised by the mean and deviation of ImageNet's pictures, as torchvision's models.
    public static let imageNet = InputConvention(
        channels: .rgb, scale: 1 / 255, mean: [0.485, 0.456, 0.406], standardDeviation: [0.229, 0.224, 0.225])
    /// Blue, green, red of 0…255 without ImageNet's mean, as the first networks of Caffe (VGG, ResNet in Keras).
    public static let caffe = InputConvention(channels: .bgr, scale: 1, mean: [103.939, 116.779, 123.68])

    /// The model's value for each of the 256 levels of a channel.
    public func table(ofChannel channel: Int) -> [Float] {
        let mean = mean[min(channel, self.mean.count - 1)]
        let deviation = standardDeviation[min(channel, standardDeviation.count - 1)]
        return (0..<256).map { Float((Double($0) * scale - mean) / deviation) }
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(json: JSONValue) {
        func numbers(_ key: String) -> [Double]? {
            let numbers = json[key]?.arrayValue?.compactMap(\.doubleValue) ?? []
            return numbers.isEmpty || numbers.count != json[key]?.arrayValue?.count ? nil : numbers
        }
        guard let channels = json["channels"]?.stringValue.flatMap(Channels.init(rawValue:)),
            let scale = json["scale"]?.doubleValue, let mean = numbers("mean"),
            let deviation = numbers("standard_deviation"), !deviation.contains(0)
        else { return nil }
        self.init(channels: channels, scale: scale, mean: mean, standardDeviation: deviation)
    }

    public var json: JSONValue {
        [
            "channels": channels.rawValue.json, "scale": scale.json, "mean": mean.json,
            "standard_deviation": standardDeviation.json,
        ]
    }
}

/// What the values of a model's input are believed to be, and why.
public struct InputGuess: Sendable, Equatable, JSONRepresentable {
    /// How far the belief can be trusted.
    public enum Certainty: String, Sendable {
        /// The user said so, or the model itself prepares its input.
        case stated
        /// The weights or the kind of network tell.
        case inferred
        /// Nothing tells; the most common convention is taken.
        case assumed
    }

    /// The values expected.
    public let convention: InputConvention
    /// How far to trust it.
    public let certainty: Certainty
    /// How it was found, for people.
    public let reason: String

    /// Makes a guess.
    public init(_ convention: InputConvention, _ certainty: Certainty, reason: String) {
        self.convention = convention
        self.certainty = certainty
        self.reason = reason
    }

    /// Reads what `json` gives; nil for anything else.
    public init?(json: JSONValue) {
        guard let convention = json["values"].flatMap(InputConvention.init(json:)),
            let certainty = json["certainty"]?.stringValue.flatMap(Certainty.init(rawValue:)),
            let reason = json["reason"]?.stringValue
        else { return nil }
        self.init(convention, certainty, reason: reason)
    }

    public var json: JSONValue {
        ["values": convention.json, "certainty": certainty.rawValue.json, "reason": reason.json]
    }
}
