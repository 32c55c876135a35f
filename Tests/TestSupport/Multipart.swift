/// Writes `multipart/form-data` bodies.
public struct Multipart: Sendable {
    private static let boundary = "prunelle-boundary-7d4a"
    private var bytes: [UInt8] = []

    /// A form without parts.
    public init() {}

    /// A form of plain fields.
    public init(_ fields: KeyValuePairs<String, String>) {
        for (name, value) in fields { add(name, value) }
    }

    /// Adds a plain field.
    public mutating func add(_ name: String, _ value: String) {
        bytes += Array("--\(Self.boundary)\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n".utf8)
        bytes += Array("\(value)\r\n".utf8)
    }

    /// Adds a file.
    public mutating func add(
        _ name: String, file: String, _ content: [UInt8], type: String = "application/octet-stream"
    ) {
        let disposition = "form-data; name=\"\(name)\"; filename=\"\(file)\""
        bytes += Array(
            "--\(Self.boundary)\r\nContent-Disposition: \(disposition)\r\nContent-Type: \(type)\r\n\r\n".utf8)
        bytes += content + [0x0D, 0x0A]
    }

    /// The `POST` request that carries the form.
    public func call(_ target: String) -> HTTPCall {
        HTTPCall(
            "POST", target, headers: [("Content-Type", "multipart/form-data; boundary=\(Self.boundary)")],
            body: bytes + Array("--\(Self.boundary)--\r\n".utf8))
    }
}
