/// Reads the fields `Content-Type` and `Content-Disposition`: a value followed by parameters.
struct MediaType {
    static let json = "application/json"
    static let urlEncodedForm = "application/x-www-form-urlencoded"
    static let multipartForm = "multipart/form-data"

    /// The type or disposition in lower case, such as `multipart/form-data`.
    let essence: String
    /// Parameters with names in lower case.
    let parameters: [(name: String, value: String)]

    /// The first value of a parameter.
    subscript(name: String) -> String? { parameters.first { $0.name == name }?.value }

    /// The part before the first semicolon, in lower case.
    static func essence(_ text: String) -> String {
        let end = text.utf8.firstIndex(of: UInt8(ascii: ";")) ?? text.endIndex
        return trimmed(text[..<end]).lowercased()
    }

    /// Reads a field; parameters that are not `name=value` are passed over.
    init(_ text: String) {
        essence = Self.essence(text)
        var parameters: [(name: String, value: String)] = []
        var rest = Array(text.utf8)[...]
        while let semicolon = rest.firstIndex(of: UInt8(ascii: ";")) {
            rest = rest[(semicolon + 1)...]
            guard let equals = rest.firstIndex(where: { $0 == UInt8(ascii: "=") || $0 == UInt8(ascii: ";") }),
                rest[equals] == UInt8(ascii: "=")
            else { continue }
            let name = Self.trimmed(Substring(decoding: rest[..<equals], as: UTF8.self)).lowercased()
            rest = rest[(equals + 1)...].drop { $0 == 0x20 || $0 == 0x09 }
            parameters.append((name, rest.first == UInt8(ascii: "\"") ? Self.quoted(&rest) : Self.token(rest)))
        }
        self.parameters = parameters
    }

    /// Reads a quoted string from its opening quote.
    ///
    /// A backslash escapes only quotes and backslashes before quotes: browsers of Windows users send paths with
    /// plain backslashes.
    private static func quoted(_ rest: inout ArraySlice<UInt8>) -> String {
        var text: [UInt8] = []
        var index = rest.startIndex + 1
        while index < rest.endIndex, rest[index] != UInt8(ascii: "\"") {
            if rest[index] == UInt8(ascii: "\\"), index + 1 < rest.endIndex,
                rest[index + 1] == UInt8(ascii: "\"") || rest[index + 1] == UInt8(ascii: "\\")
            {
                index += 1
            }
            text.append(rest[index])
            index += 1
        }
        rest = rest[min(index + 1, rest.endIndex)...]
        return String(decoding: text, as: UTF8.self)
    }

    private static func token(_ rest: ArraySlice<UInt8>) -> String {
        let end = rest.firstIndex(of: UInt8(ascii: ";")) ?? rest.endIndex
        return String(trimmed(Substring(decoding: rest[..<end], as: UTF8.self)))
    }

    private static func trimmed(_ text: Substring) -> Substring {
        let start = text.drop { $0 == " " || $0 == "\t" }
        guard let last = start.lastIndex(where: { $0 != " " && $0 != "\t" }) else { return "" }
        return start[...last]
    }
}
