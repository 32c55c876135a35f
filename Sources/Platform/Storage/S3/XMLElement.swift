/// An element of an answer in XML: its text or its children; attributes are left out.
struct XMLElement: Sendable, Equatable {
    /// Its name without a namespace's prefix.
    let name: String
    /// All text in it, without that of its children.
    fileprivate(set) var text = ""
    /// The elements in it, in order.
    fileprivate(set) var children: [XMLElement] = []

    /// The text of the first child of a name.
    subscript(name: String) -> String? { children.first { $0.name == name }?.text }

    /// All children of a name.
    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }
}

extension XMLElement {
    /// What keeps bytes from being read.
    struct Problem: Error, Equatable {
        let reason: String
    }

    /// Reads a document of at most 8 MiB.
    ///
    /// Only what object stores send is understood: elements, attributes, the five entities, numbered characters, comments
    /// and a declaration. Document types, and with them entities that grow, are refused.
    ///
    /// - Throws: `Problem`.
    init(parsing bytes: [UInt8]) throws(Problem) {
        guard bytes.count <= 8 << 20 else { throw Problem(reason: "has \(bytes.count) bytes, 8 MiB allowed") }
        guard String(validating: bytes, as: UTF8.self) != nil else { throw Problem(reason: "is not UTF-8") }
        var reader = XMLReader(bytes: bytes)
        self = try reader.document()
    }
}

private struct XMLReader {
    private static let maximumDepth = 16

    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func document() throws(XMLElement.Problem) -> XMLElement {
        if starts(with: "\u{FEFF}") { position += 3 }
        try skipRemarks()
        let root = try element(depth: 0)
        try skipRemarks()
        guard position == bytes.count else { throw problem("goes on after its end") }
        return root
    }

    /// An element whose `<` comes next.
    private mutating func element(depth: Int) throws(XMLElement.Problem) -> XMLElement {
        guard depth < Self.maximumDepth else { throw problem("is nested too deep") }
        try expect("<")
        let fullName = try name()
        var element = XMLElement(name: fullName.split(separator: ":").last.map(String.init) ?? fullName)
        if try attributes() { return element }
        var text: [UInt8] = []
        while true {
            guard let byte = peek else { throw problem("ends within <\(fullName)>") }
            if byte == UInt8(ascii: "&") {
                text += try entity()
            } else if byte != UInt8(ascii: "<") {
                text.append(byte)
                position += 1
            } else if starts(with: "</") {
                position += 2
                guard try name() == fullName else { throw problem("closes another element than <\(fullName)>") }
                skipSpace()
                try expect(">")
                element.text = String(decoding: text, as: UTF8.self)
                return element
            } else if starts(with: "<!--") {
                try skip(to: "-->")
            } else {
                element.children.append(try self.element(depth: depth + 1))
            }
        }
    }

    /// The rest of a start tag; whether the element ends with it.
    private mutating func attributes() throws(XMLElement.Problem) -> Bool {
        while true {
            skipSpace()
            if starts(with: "/>") {
                position += 2
                return true
            }
            if peek == UInt8(ascii: ">") {
                position += 1
                return false
            }
            _ = try name()
            skipSpace()
            try expect("=")
            skipSpace()
            guard let quote = peek, quote == UInt8(ascii: "\"") || quote == UInt8(ascii: "'") else {
                throw problem("has an attribute without quotes")
            }
            position += 1
            while let byte = peek, byte != quote {
                guard byte != UInt8(ascii: "<") else { throw problem("has a < in an attribute") }
                position += 1
            }
            guard peek == quote else { throw problem("has an attribute that does not end") }
            position += 1
        }
    }

    private mutating func entity() throws(XMLElement.Problem) -> [UInt8] {
        let rest = bytes[position...].prefix(12)
        guard let end = rest.firstIndex(of: UInt8(ascii: ";")) else { throw problem("has a & that begins nothing") }
        let name = String(decoding: bytes[(position + 1)..<end], as: UTF8.self)
        position = end + 1
        switch name {
        case "amp": return [UInt8(ascii: "&")]
        case "lt": return [UInt8(ascii: "<")]
        case "gt": return [UInt8(ascii: ">")]
        case "quot": return [UInt8(ascii: "\"")]
        case "apos": return [UInt8(ascii: "'")]
        default:
            let number = name.hasPrefix("#x") ? UInt32(name.dropFirst(2), radix: 16) : UInt32(name.dropFirst())
            guard name.hasPrefix("#"), let number, number != 0, let scalar = Unicode.Scalar(number) else {
                throw problem("has the unknown entity '\(name)'")
            }
            return Array(String(Character(scalar)).utf8)
        }
    }

    private mutating func name() throws(XMLElement.Problem) -> String {
        let start = position
        while let byte = peek, ObjectKey.mayHold(byte) || byte == UInt8(ascii: ":") || byte >= 0x80 { position += 1 }
        guard position > start else { throw problem("has a tag without a name") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipRemarks() throws(XMLElement.Problem) {
        while true {
            skipSpace()
            if starts(with: "<?") {
                try skip(to: "?>")
            } else if starts(with: "<!--") {
                try skip(to: "-->")
            } else {
                return
            }
        }
    }

    private mutating func skip(to mark: String) throws(XMLElement.Problem) {
        while position < bytes.count, !starts(with: mark) { position += 1 }
        guard position < bytes.count else { throw problem("has a remark that does not end") }
        position += mark.utf8.count
    }

    private mutating func skipSpace() {
        while let byte = peek, [0x20, 0x09, 0x0A, 0x0D].contains(byte) { position += 1 }
    }

    private mutating func expect(_ text: String) throws(XMLElement.Problem) {
        guard starts(with: text) else { throw problem("has no '\(text)' where it must") }
        position += text.utf8.count
    }

    private func starts(with text: String) -> Bool { bytes[position...].starts(with: text.utf8) }

    private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

    private func problem(_ reason: String) -> XMLElement.Problem {
        XMLElement.Problem(reason: "\(reason) (byte \(position))")
    }
}

extension XMLElement {
    /// A text as it stands in an element.
    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }
}
