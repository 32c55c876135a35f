/// Reads an XML text element by element: no document types, no entities of its own, nothing fetched.
///
/// Source: XML 1.0, fifth edition, without section 2.8 (document type declarations), which is refused.
struct XMLScanner {
    enum Event: Equatable {
        case start(name: String, attributes: [String: String])
        /// Text between elements that is more than blanks.
        case text(String)
        case end(name: String)
    }

    private static let maximumDepth = 64
    private static let maximumAttributes = 64

    private let bytes: [UInt8]
    private var position = 0
    private var open: [String] = []
    /// Whether the element that was begun last has no content.
    private var isEmptyElement = false
    private var hasRoot = false

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
    }

    /// The next event, or nil at the end of a whole document.
    mutating func next() throws(ModelFileError) -> Event? {
        if isEmptyElement, let name = open.popLast() {
            isEmptyElement = false
            return .end(name: name)
        }
        while position < bytes.count {
            if bytes[position] != UInt8(ascii: "<") {
                if let text = try text() { return .text(text) }
            } else if skips("<?") {
                try skip(past: "?>")
            } else if skips("<!--") {
                try skip(past: "-->")
            } else if skips("<![CDATA[") {
                let start = position
                try skip(past: "]]>")
                guard !open.isEmpty else { throw Self.damaged("has text outside of its elements") }
                return .text(String(decoding: bytes[start..<position - 3], as: UTF8.self))
            } else if skips("<!") {
                throw ModelFileError(
                    .refused, "OpenVINO: the description has a document type or entities, which are refused")
            } else if skips("</") {
                return try end()
            } else {
                position += 1
                return try start()
            }
        }
        guard open.isEmpty, hasRoot else { throw Self.damaged("ends in the middle") }
        return nil
    }

    // MARK: Parts

    private mutating func start() throws(ModelFileError) -> Event {
        let name = try self.name()
        guard !open.isEmpty || !hasRoot else { throw Self.damaged("has a second root") }
        hasRoot = true
        guard open.count < Self.maximumDepth else {
            throw ModelFileError(
                .tooLarge, "OpenVINO: elements lie inside each other deeper than \(Self.maximumDepth) levels")
        }
        open.append(name)
        var attributes: [String: String] = [:]
        while true {
            skipBlanks()
            if skips("/>") {
                isEmptyElement = true
                break
            }
            if skips(">") { break }
            let key = try self.name()
            skipBlanks()
            guard skips("=") else { throw Self.damaged("has an attribute without value") }
            skipBlanks()
            guard attributes.updateValue(try value(), forKey: key) == nil else {
                throw Self.damaged("has an attribute twice")
            }
            guard attributes.count <= Self.maximumAttributes else {
                throw ModelFileError(
                    .tooLarge, "OpenVINO: an element has more than \(Self.maximumAttributes) attributes")
            }
        }
        return .start(name: name, attributes: attributes)
    }

    private mutating func end() throws(ModelFileError) -> Event {
        let name = try self.name()
        skipBlanks()
        guard skips(">"), open.popLast() == name else {
            throw Self.damaged("has elements that are not closed in order")
        }
        return .end(name: name)
    }

    private mutating func name() throws(ModelFileError) -> String {
        let start = position
        while position < bytes.count, Self.isNameByte(bytes[position]) { position += 1 }
        guard position > start, position - start <= 256 else { throw Self.damaged("has an element without name") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    private mutating func value() throws(ModelFileError) -> String {
        guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") || bytes[position] == UInt8(ascii: "'")
        else { throw Self.damaged("has an attribute without value") }
        let quote = bytes[position]
        let start = position + 1
        guard let end = bytes[start...].firstIndex(of: quote) else { throw Self.damaged("ends in the middle") }
        position = end + 1
        guard !bytes[start..<end].contains(UInt8(ascii: "<")) else { throw Self.damaged("has '<' in an attribute") }
        return try Self.unescaped(bytes[start..<end])
    }

    /// Text up to the next element; nil for mere blanks.
    private mutating func text() throws(ModelFileError) -> String? {
        let start = position
        position = bytes[start...].firstIndex(of: UInt8(ascii: "<")) ?? bytes.count
        let slice = bytes[start..<position]
        if slice.allSatisfy(Self.isBlank) { return nil }
        guard !open.isEmpty else { throw Self.damaged("has text outside of its elements") }
        return try Self.unescaped(slice)
    }

    private static let entities: [String: Character] = ["lt": "<", "gt": ">", "amp": "&", "quot": "\"", "apos": "'"]

    private static func unescaped(_ slice: ArraySlice<UInt8>) throws(ModelFileError) -> String {
        guard slice.contains(UInt8(ascii: "&")) else { return String(decoding: slice, as: UTF8.self) }
        var result = ""
        var rest = slice
        while let start = rest.firstIndex(of: UInt8(ascii: "&")) {
            result += String(decoding: rest[..<start], as: UTF8.self)
            guard let end = rest[start...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
                throw damaged("has an unknown entity")
            }
            let entity = String(decoding: rest[start + 1..<end], as: UTF8.self)
            if let character = entities[entity] {
                result.append(character)
            } else if let scalar = scalar(entity) {
                result.unicodeScalars.append(scalar)
            } else {
                throw damaged("has an unknown entity")
            }
            rest = rest[(end + 1)...]
        }
        return result + String(decoding: rest, as: UTF8.self)
    }

    /// The character of `#65` or `#x41`.
    private static func scalar(_ entity: String) -> Unicode.Scalar? {
        guard entity.hasPrefix("#") else { return nil }
        let digits = entity.dropFirst()
        let number = digits.hasPrefix("x") ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return number.flatMap(Unicode.Scalar.init)
    }

    private mutating func skips(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        let expected = UnsafeBufferPointer(start: text.utf8Start, count: count)
        guard position + count <= bytes.count, bytes[position..<position + count].elementsEqual(expected) else {
            return false
        }
        position += count
        return true
    }

    private mutating func skip(past text: StaticString) throws(ModelFileError) {
        while position < bytes.count {
            if skips(text) { return }
            position += 1
        }
        throw Self.damaged("ends in the middle")
    }

    private mutating func skipBlanks() {
        while position < bytes.count, Self.isBlank(bytes[position]) { position += 1 }
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    private static func damaged(_ what: String) -> ModelFileError {
        ModelFileError(.damaged, "OpenVINO: the description is damaged: it \(what)")
    }
}
