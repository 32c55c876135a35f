import HTTP
import Storage

/// The check of a request whose query holds a signature.
struct SignedQuery: Sendable {
    /// How far the clock that signed may be ahead.
    private static let patience = Duration.seconds(15 * 60)

    let signer: S3Signer
    let now: @Sendable () -> S3Time

    /// Checks signature and time.
    ///
    /// - Throws: `APIError` with S3's code for what is wrong.
    func check(_ request: HTTPRequest) throws(APIError) {
        let query = request.query
        guard let signature = query["X-Amz-Signature"] else { throw UploadError.accessDenied() }
        guard query["X-Amz-Algorithm"] == S3Signer.algorithm else {
            throw UploadError.badQuery("X-Amz-Algorithm only supports \"\(S3Signer.algorithm)\"")
        }
        guard let time = query["X-Amz-Date"].flatMap({ S3Time($0) }) else {
            throw UploadError.badQuery("X-Amz-Date must be in the ISO8601 Long Format \"yyyyMMdd'T'HHmmss'Z'\"")
        }
        guard let expires = query["X-Amz-Expires"].flatMap({ Int($0) }),
            (1...S3Presigner.longestValidity).contains(expires)
        else {
            throw UploadError.badQuery("X-Amz-Expires must be between 1 and \(S3Presigner.longestValidity) seconds")
        }
        try checkCredential(query["X-Amz-Credential"] ?? "", at: time)
        let payload = try Self.payload(of: request)
        let signed = try signedParts(of: request, payload: payload)
        guard S3Signer.areEqual(signer.signature(of: signed, at: time), signature) else {
            throw UploadError.signatureDiffers
        }
        let present = now()
        guard present <= time.advanced(by: .seconds(expires)) else {
            throw UploadError.accessDenied("Request has expired")
        }
        guard time <= present.advanced(by: Self.patience) else {
            throw UploadError.accessDenied("Request is not valid yet")
        }
    }

    /// Checks that a credential names our keys and scope.
    func checkCredential(_ credential: String, at time: S3Time) throws(APIError) {
        let parts = credential.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw UploadError.badQuery(
                "Error parsing the X-Amz-Credential parameter; the Credential is mal-formed; expecting "
                    + "\"<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request\".")
        }
        guard parts[0] == signer.credentials.accessKeyID else { throw UploadError.unknownKey }
        guard parts[1] == signer.scope(time) else {
            throw UploadError.badQuery(
                "Error parsing the X-Amz-Credential parameter; the scope is wrong; expecting '\(signer.scope(time))'")
        }
    }

    /// The hash that the body must have, or `UNSIGNED-PAYLOAD`.
    static func payload(of request: HTTPRequest) throws(APIError) -> String {
        guard let hash = request.header("x-amz-content-sha256") ?? request.query["X-Amz-Content-Sha256"],
            hash != S3Signer.unsignedPayload
        else { return S3Signer.unsignedPayload }
        guard let known = ContentHash(hash) else {
            throw UploadError.badArgument("x-amz-content-sha256 must be UNSIGNED-PAYLOAD or a valid sha256 value.")
        }
        return known.description
    }

    private func signedParts(of request: HTTPRequest, payload: String) throws(APIError) -> S3Signer.Request {
        let names = (request.query["X-Amz-SignedHeaders"] ?? "").split(separator: ";").map(String.init)
        guard names.contains("host") else {
            throw UploadError.badQuery("Query-string authentication requires the host header to be signed.")
        }
        // What changes the meaning of a request must not be added by whoever was given the URL.
        for field in request.headers {
            let name = field.name.lowercased()
            guard !name.hasPrefix("x-amz-") || names.contains(name) else {
                throw UploadError.accessDenied("There were headers present in the request which were not signed")
            }
        }
        let headers = names.map { name in
            (name: name, value: request.headers.all(name).joined(separator: ","))
        }
        let query = request.query.filter { $0.name != "X-Amz-Signature" }
        return S3Signer.Request(
            request.method.rawValue, path: request.path, query: query, headers: headers, payload: payload)
    }
}
