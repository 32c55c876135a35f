internal import Foundation
public import JSON

extension HTTPRequest {
    /// The body as FastAPI hands it to a route that takes a JSON model; nil where there is none.
    ///
    /// A body of a type that is not JSON is a text, which no model accepts.
    ///
    /// - Throws: `APIError(.invalidFields)` for text that is not JSON, with the place; `APIError` 400 for bytes that are no text.
    public func fastAPIBody() throws(APIError) -> JSONValue? {
        guard !body.isEmpty else { return nil }
        guard Self.isJSON(mediaType) else { return .string(String(decoding: body, as: UTF8.self)) }
        do throws(JSONError) {
            return try JSONValue(parsing: Self.utf8(body), allowsNonFinite: true)
        } catch {
            guard let character = error.character else {
                throw APIError(.badRequest, "There was an error parsing the body")
            }
            throw APIError(
                .invalidFields([
                    FieldProblem(
                        "json_invalid", at: ["body", .integer(character)], "JSON decode error", input: [:],
                        context: ["error": .string(error.reason)])
                ]))
        }
    }

    /// A field of a form that must be a file: the last part of the name counts, an untouched one too.
    ///
    /// - Throws: `APIError(.invalidFields)` as FastAPI words it where it is missing or a plain field.
    public func fastAPIFile(_ name: String) throws(APIError) -> FormPart {
        let location: [JSONValue] = ["body", .string(name)]
        guard let part = try form().sentParts.last(where: { $0.name == name }) else {
            throw APIError(.invalidFields([.missing(location)]))
        }
        guard part.fileName != nil else {
            throw APIError(
                .invalidFields([
                    FieldProblem(
                        "value_error", at: location,
                        "Value error, Expected UploadFile, received: <class 'str'>",
                        input: .string(part.text ?? ""), context: ["error": [:]])
                ]))
        }
        return part
    }

    /// The credentials of `Authorization: Bearer …`, read as FastAPI's `HTTPBearer` reads them.
    ///
    /// - Throws: `APIError` 403 where they are missing or of another scheme.
    public func fastAPIBearer() throws(APIError) -> String {
        let header = self.header("Authorization") ?? ""
        let space = header.firstIndex(of: " ") ?? header.endIndex
        let credentials = header[space...].dropFirst()
        guard space > header.startIndex, !credentials.isEmpty else {
            throw APIError(.missingCredentials, "Not authenticated")
        }
        guard header[..<space].lowercased() == "bearer" else {
            throw APIError(.otherScheme, "Invalid authentication credentials")
        }
        return String(credentials)
    }

    /// A body without a stated type counts as JSON.
    private static func isJSON(_ type: String) -> Bool {
        guard !type.isEmpty else { return true }
        guard type.hasPrefix("application/") else { return false }
        let subtype = type.dropFirst("application/".count)
        return subtype == "json" || subtype.hasSuffix("+json")
    }

    /// Python's `json` reads UTF-16 and UTF-32 with a byte order mark too, and takes the mark of UTF-8 away.
    private static func utf8(_ body: [UInt8]) -> [UInt8] {
        if body.starts(with: [0xEF, 0xBB, 0xBF]) { return Array(body.dropFirst(3)) }
        let marks: [(bytes: [UInt8], encoding: String.Encoding)] = [
            ([0xFF, 0xFE, 0, 0], .utf32LittleEndian), ([0, 0, 0xFE, 0xFF], .utf32BigEndian),
            ([0xFF, 0xFE], .utf16LittleEndian), ([0xFE, 0xFF], .utf16BigEndian),
        ]
        guard let mark = marks.first(where: { body.starts(with: $0.bytes) }),
            let text = String(data: Data(body.dropFirst(mark.bytes.count)), encoding: mark.encoding)
        else { return body }
        return Array(text.utf8)
    }
}

extension FormPart {
    /// The name of the file as FastAPI tells it: as it was sent, but for the folders of a Windows machine.
    public var fastAPIFileName: String? {
        guard let name = sentFileName, name.hasPrefix("\\\\") || name.dropFirst().hasPrefix(":\\") else {
            return sentFileName
        }
        return name.split(separator: "\\", omittingEmptySubsequences: false).last.map(String.init)
    }
}

extension APIErrorCode {
    /// There is no `Authorization` header with credentials.
    public static let missingCredentials = APIErrorCode(
        name: "missing_credentials", kind: .unauthenticated, status: 403)
    /// The credentials are of another scheme than `Bearer`.
    public static let otherScheme = APIErrorCode(name: "other_scheme", kind: .unauthenticated, status: 403)
}
