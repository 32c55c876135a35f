import HTTP
import Storage

/// The form of an upload by `POST`.
struct UploadForm: Sendable {
    /// The fields before the file, by their names in lower case; those behind it do not count.
    let fields: [String: String]
    /// The file.
    let file: FormPart
    /// The full key.
    let key: String

    /// Reads a form.
    ///
    /// - Throws: `APIError` with S3's code.
    init(_ form: FormData) throws(APIError) {
        var fields: [String: String] = [:]
        var file: FormPart?
        for part in form {
            if part.name.lowercased() == "file" {
                file = part
                break
            }
            guard let text = part.text else {
                throw UploadError.badArgument("The field '\(part.name)' is not text.")
            }
            fields[part.name.lowercased()] = text
        }
        guard let file else {
            throw UploadError.badArgument("POST requires exactly one file upload per request.")
        }
        guard let key = fields["key"], !key.isEmpty else {
            throw UploadError.badArgument(
                "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields."
            )
        }
        self.fields = fields
        self.file = file
        self.key = key.replacing("${filename}", with: file.fileName ?? "")
    }

    /// The policy, once its signature was found good.
    func signedPolicy(_ query: SignedQuery) throws(APIError) -> UploadPolicy {
        guard let policy = fields["policy"], let signature = fields["x-amz-signature"] else {
            throw UploadError.accessDenied()
        }
        guard fields["x-amz-algorithm"] == S3Signer.algorithm else {
            throw UploadError.badArgument("x-amz-algorithm must be \(S3Signer.algorithm)")
        }
        guard let time = fields["x-amz-date"].flatMap({ S3Time($0) }) else {
            throw UploadError.badArgument("x-amz-date must be in the format yyyyMMdd'T'HHmmss'Z'")
        }
        try query.checkCredential(fields["x-amz-credential"] ?? "", at: time)
        guard S3Signer.areEqual(query.signer.signature(ofText: policy, at: time), signature) else {
            throw UploadError.signatureDiffers
        }
        return try UploadPolicy(policy)
    }

    /// The answer that the form asks for: 204, unless it says something else.
    func answer(bucket: String, tag: String, location: String) -> HTTPResponse {
        if let target = fields["success_action_redirect"] ?? fields["redirect"], target.hasPrefix("http") {
            let items = [("bucket", bucket), ("key", key), ("etag", tag)]
            let query = items.map { "\($0.0)=\(Self.encoded($0.1))" }.joined(separator: "&")
            return .redirect(to: target + (target.contains("?") ? "&" : "?") + query, status: 303)
        }
        var response: HTTPResponse
        switch fields["success_action_status"] {
        case "200": response = .empty(status: 200)
        case "201":
            response = XMLText.response(
                "PostResponse", [("Location", location), ("Bucket", bucket), ("Key", key), ("ETag", tag)], status: 201)
        default: response = .empty(status: 204)
        }
        response.headers["ETag"] = tag
        response.headers["Location"] = location
        return response
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
                String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
