public import JSON

/// The fields of a JSON body, checked and converted as pydantic does it in its lax mode.
public struct JSONBodyModel: Sendable {
    /// One field.
    public struct Field: Sendable {
        let name: String
        let kind: Kind
        let isRequired: Bool

        /// A field that must be there.
        public static func required(_ name: String, _ kind: Kind) -> Field {
            Field(name: name, kind: kind, isRequired: true)
        }

        /// A field that may be absent or null.
        public static func optional(_ name: String, _ kind: Kind) -> Field {
            Field(name: name, kind: kind, isRequired: false)
        }
    }

    /// What a field holds.
    public enum Kind: Sendable {
        /// A text; nothing else is converted to one.
        case text
        /// A finite number; Booleans and texts that spell a number are converted.
        case number
        /// One of some texts.
        case literal([String])
    }

    private let fields: [Field]

    /// Declares the fields in the order in which problems are listed.
    public init(_ fields: [Field]) {
        self.fields = fields
    }

    /// Checks a body.
    ///
    /// - Parameter body: what `HTTPRequest.fastAPIBody()` gave.
    /// - Returns: the declared fields that are present, converted.
    /// - Throws: `APIError(.invalidFields)` with every problem.
    public func read(_ body: JSONValue?) throws(APIError) -> JSONObject {
        guard let body, !body.isNull else { throw APIError(.invalidFields([.missing(["body"])])) }
        guard let object = body.objectValue else {
            throw APIError(
                .invalidFields([
                    FieldProblem(
                        "model_attributes_type", at: ["body"],
                        "Input should be a valid dictionary or object to extract fields from", input: body)
                ]))
        }
        var values = JSONObject()
        var problems: [FieldProblem] = []
        for field in fields {
            let location: [JSONValue] = ["body", .string(field.name)]
            guard let value = object[field.name] else {
                if field.isRequired { problems.append(.missing(location, input: body)) }
                continue
            }
            if value.isNull, !field.isRequired { continue }
            switch field.kind.convert(value) {
            case .success(let converted): values[field.name] = converted
            case .failure(let fault):
                problems.append(
                    FieldProblem(fault.type, at: location, fault.message, input: value, context: fault.context))
            }
        }
        guard problems.isEmpty else { throw APIError(.invalidFields(problems)) }
        return values
    }
}

/// Why a value does not fit its field, in pydantic's words.
private struct Fault: Error {
    let type: String
    let message: String
    var context: JSONValue?
}

extension JSONBodyModel.Kind {
    fileprivate func convert(_ value: JSONValue) -> Result<JSONValue, Fault> {
        switch self {
        case .text:
            guard value.stringValue != nil else {
                return .failure(Fault(type: "string_type", message: "Input should be a valid string"))
            }
            return .success(value)
        case .literal(let texts):
            if let text = value.stringValue, texts.contains(text) { return .success(value) }
            let quoted = texts.map { "'\($0)'" }
            let expected =
                quoted.count > 1
                ? quoted.dropLast().joined(separator: ", ") + " or " + quoted[quoted.count - 1]
                : quoted.joined()
            return .failure(
                Fault(
                    type: "literal_error", message: "Input should be \(expected)",
                    context: ["expected": .string(expected)]))
        case .number: return Self.number(value)
        }
    }

    private static func number(_ value: JSONValue) -> Result<JSONValue, Fault> {
        let number: Double
        switch value {
        case .bool(let flag): number = flag ? 1 : 0
        case .integer(let integer): number = Double(integer)
        case .number(let double): number = double
        case .string(let text):
            guard let parsed = PythonFloat.parse(text) else {
                return .failure(
                    Fault(
                        type: "float_parsing",
                        message: "Input should be a valid number, unable to parse string as a number"))
            }
            number = parsed
        default: return .failure(Fault(type: "float_type", message: "Input should be a valid number"))
        }
        // FastAPI accepts these and then fails to write its answer; refused here as pydantic can be told to.
        guard number.isFinite else {
            return .failure(Fault(type: "finite_number", message: "Input should be a finite number"))
        }
        return .success(.number(number))
    }
}

/// Numbers as Python's `float()` reads them, but in ASCII digits only, as pydantic does.
enum PythonFloat {
    /// The number a text spells; nil for none. `inf` and `nan` are numbers.
    static func parse(_ text: String) -> Double? {
        var bytes = text.utf8[...]
        let isSpace = { (byte: UInt8) in byte == 0x20 || (0x09...0x0D).contains(byte) }
        while let first = bytes.first, isSpace(first) { bytes.removeFirst() }
        while let last = bytes.last, isSpace(last) { bytes.removeLast() }
        let body = bytes.first == UInt8(ascii: "+") || bytes.first == UInt8(ascii: "-") ? bytes.dropFirst() : bytes
        let word = String(decoding: body, as: UTF8.self).lowercased()
        let sign: Double = bytes.first == UInt8(ascii: "-") ? -1 : 1
        if word == "inf" || word == "infinity" { return sign * .infinity }
        if word == "nan" { return .nan }
        guard let digits = withoutUnderscores(body), isDecimal(digits) else { return nil }
        return Double(String(decoding: digits, as: UTF8.self)).map { sign * $0 }
    }

    /// Underscores may stand between two digits only (PEP 515).
    private static func withoutUnderscores(_ text: Substring.UTF8View) -> [UInt8]? {
        let bytes = Array(text)
        var kept: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            guard byte == UInt8(ascii: "_") else {
                kept.append(byte)
                continue
            }
            guard index > 0, index + 1 < bytes.count, isDigit(bytes[index - 1]), isDigit(bytes[index + 1]) else {
                return nil
            }
        }
        return kept
    }

    /// Digits with at most one point, at least one digit, and perhaps an exponent.
    private static func isDecimal(_ bytes: [UInt8]) -> Bool {
        let exponent = bytes.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
        let mantissa = bytes[..<(exponent ?? bytes.endIndex)]
        guard mantissa.count(where: { $0 == UInt8(ascii: ".") }) <= 1, mantissa.contains(where: isDigit),
            mantissa.allSatisfy({ isDigit($0) || $0 == UInt8(ascii: ".") })
        else { return false }
        guard let exponent else { return true }
        var power = bytes[(exponent + 1)...]
        if power.first == UInt8(ascii: "+") || power.first == UInt8(ascii: "-") { power = power.dropFirst() }
        return !power.isEmpty && power.allSatisfy(isDigit)
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }
}
