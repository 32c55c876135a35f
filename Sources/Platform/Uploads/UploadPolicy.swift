import Foundation
import HTTP
import JSON
import Storage

/// What a signed form allows.
struct UploadPolicy: Sendable {
    /// Fields that no condition has to name.
    private static let free: Set<String> = ["x-amz-signature", "policy", "file"]
    private static let largestPolicy = 64 << 10

    private enum Condition: Sendable {
        case equal(name: String, value: String)
        case begins(name: String, prefix: String)
        case size(ClosedRange<Int>)
    }

    private let end: S3Time
    private let conditions: [Condition]

    /// Reads a policy in Base64.
    ///
    /// - Throws: `APIError` with S3's code.
    init(_ text: String) throws(APIError) {
        guard text.utf8.count <= Self.largestPolicy, let data = Data(base64Encoded: text),
            let value = try? JSONValue(parsing: Array(data))
        else { throw UploadError.badPolicy("Invalid Policy: Invalid JSON.") }
        guard let end = value["expiration"]?.stringValue.flatMap({ S3Time(iso8601: $0) }) else {
            throw UploadError.badPolicy("Invalid Policy: Invalid 'expiration' value")
        }
        guard let list = value["conditions"]?.arrayValue else {
            throw UploadError.badPolicy("Invalid Policy: Policy missing conditions.")
        }
        self.end = end
        var conditions: [Condition] = []
        for item in list { conditions += try Self.conditions(item) }
        self.conditions = conditions
    }

    /// Checks a form against the policy.
    ///
    /// - Parameters:
    ///   - fields: names in lower case and values of all fields before the file, with the bucket.
    ///   - size: bytes of the file.
    func check(fields: [String: String], size: Int, at now: S3Time) throws(APIError) {
        guard now <= end else { throw UploadError.policyFailed("Policy expired.") }
        var named = Self.free
        for condition in conditions {
            switch condition {
            case .equal(let name, let value):
                named.insert(name)
                guard fields[name] == value else { throw Self.failed("eq", name, value) }
            case .begins(let name, let prefix):
                named.insert(name)
                guard let value = fields[name], value.hasPrefix(prefix) else {
                    throw Self.failed("starts-with", name, prefix)
                }
            case .size(let range):
                guard size <= range.upperBound else { throw UploadError.tooLarge }
                guard size >= range.lowerBound else { throw UploadError.tooSmall }
            }
        }
        let extra = fields.keys.filter { !named.contains($0) && !$0.hasPrefix("x-ignore-") && $0 != "bucket" }
        guard extra.isEmpty else {
            throw UploadError.policyFailed("Extra input fields: \(extra.sorted().joined(separator: ", "))")
        }
    }

    private static func failed(_ operation: String, _ name: String, _ value: String) -> APIError {
        let words = [operation, "$" + name, value].map { JSONValue.string($0).text() }
        return UploadError.policyFailed("Policy Condition failed: [\(words.joined(separator: ", "))]")
    }

    /// An object of names and values, or a list of operation, name and value.
    private static func conditions(_ item: JSONValue) throws(APIError) -> [Condition] {
        let broken = UploadError.badPolicy("Invalid Policy: Invalid condition.")
        if let members = item.objectValue {
            var conditions: [Condition] = []
            for (name, value) in members {
                guard let value = value.stringValue else { throw broken }
                conditions.append(.equal(name: name.lowercased(), value: value))
            }
            return conditions
        }
        guard let parts = item.arrayValue, parts.count == 3, let operation = parts[0].stringValue?.lowercased() else {
            throw broken
        }
        if operation == "content-length-range" {
            guard let least = Self.number(parts[1]), let most = Self.number(parts[2]), least <= most else {
                throw broken
            }
            return [.size(least...most)]
        }
        guard let name = parts[1].stringValue, name.hasPrefix("$"), let value = parts[2].stringValue else {
            throw broken
        }
        let field = name.dropFirst().lowercased()
        switch operation {
        case "eq": return [.equal(name: field, value: value)]
        case "starts-with": return [.begins(name: field, prefix: value)]
        default: throw broken
        }
    }

    private static func number(_ value: JSONValue) -> Int? {
        let number = value.intValue ?? value.stringValue.flatMap { Int($0) }
        return number.flatMap { $0 >= 0 ? $0 : nil }
    }
}
