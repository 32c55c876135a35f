/// Lets clients send pictures to the object store and fetch them, past the app, for a limited time.
///
/// What is handed out is signed with Amazon's Signature Version 4, whoever takes it: a store that speaks S3, or this
/// server itself, which then keeps what comes in its own object store.
public protocol PresignedUploads: Sendable {
    /// The bucket, as answers name it.
    var bucket: String { get }

    /// A URL that takes an object by `PUT`.
    ///
    /// - Parameters:
    ///   - contentType: what the client must send as `Content-Type`; nil for anything.
    ///   - expires: how long it is valid, one second to seven days.
    /// - Throws: `StorageError.invalidValue` for another time.
    func presignedPut(_ key: ObjectKey, contentType: String?, expires: Duration) throws(StorageError) -> String

    /// A form that takes an object by `POST`.
    ///
    /// - Parameters:
    ///   - contentType: the form's `Content-Type`, of which clients may change what is behind the slash; nil for none.
    ///   - size: how many bytes the file may have; nil for what the store takes.
    ///   - expires: how long it is valid, one second to seven days.
    /// - Throws: `StorageError.invalidValue` for another time.
    func presignedPost(
        _ key: ObjectKey, contentType: String?, size: ClosedRange<Int>?, expires: Duration
    ) throws(StorageError) -> PresignedPost

    /// A URL that gives an object by `GET`.
    ///
    /// - Throws: `StorageError.invalidValue` unless `expires` is one second to seven days.
    func presignedGet(_ key: ObjectKey, expires: Duration) throws(StorageError) -> String

    /// The same for a client that has reached this server at a place; stores elsewhere have one of their own.
    func reached(at place: S3Endpoint) -> any PresignedUploads
}

/// A form that uploads a file: its fields come first, the file last, in a field `file`.
public struct PresignedPost: Sendable, Equatable {
    /// Where the form is sent.
    public let url: String
    /// Names and values, in order.
    public let fields: [Field]

    /// A field of the form.
    public struct Field: Sendable, Equatable {
        public let name: String
        public let value: String

        init(_ name: String, _ value: String) { (self.name, self.value) = (name, value) }
    }

    /// The value of a field.
    public subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}
