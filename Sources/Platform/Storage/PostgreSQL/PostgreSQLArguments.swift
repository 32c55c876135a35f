import CPostgreSQL

/// The values of a statement in the form libpq sends them.
///
/// Numbers and bytes go in binary with their type, so that an expression means the same as in SQLite. Text and null go
/// without a type, which leaves it to the place where they stand.
struct PostgreSQLArguments {
    /// Types by their numbers in the catalog `pg_type`, which never change.
    enum TypeID {
        static let unspecified: Oid = 0
        static let boolean: Oid = 16
        static let bytes: Oid = 17
        static let integers: Set<Oid> = [20, 21, 23, 26]
        static let bigint: Oid = 20
        static let reals: Set<Oid> = [700, 701]
        static let double: Oid = 701
        static let numeric: Oid = 1700
    }

    /// Largest value: the server's own limit on a message is 1 GiB.
    static let largestValue = 1_000_000_000

    private(set) var types: [Oid] = []
    /// Whether each is null, and so fits a statement prepared for any type.
    private(set) var nulls: [Bool] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []
    private var offsets: [Int] = []
    private var bytes: [UInt8] = []

    /// Encodes values.
    ///
    /// - Throws: `.invalidValue` for what no database must hold, `.tooLarge`.
    init(_ values: [SQLValue]) throws(StorageError) {
        for (index, value) in values.enumerated() {
            try value.check(position: index + 1)
            try append(value)
        }
    }

    private mutating func append(_ value: SQLValue) throws(StorageError) {
        offsets.append(bytes.count)
        let start = bytes.count
        var isBinary = true
        switch value {
        case .null, .text: types.append(TypeID.unspecified)
        case .integer(let number):
            types.append(TypeID.bigint)
            withUnsafeBytes(of: number.bigEndian) { bytes += $0 }
        case .real(let number):
            types.append(TypeID.double)
            withUnsafeBytes(of: number.bitPattern.bigEndian) { bytes += $0 }
        case .blob(let content):
            types.append(TypeID.bytes)
            guard content.count <= Self.largestValue else { throw .tooLarge(detail: "\(content.count) bytes") }
            bytes += content
        }
        if case .text(let text) = value {
            isBinary = false
            guard text.utf8.count <= Self.largestValue else { throw .tooLarge(detail: "\(text.utf8.count) bytes") }
            bytes += text.utf8
            bytes.append(0)
        }
        nulls.append(value == .null)
        // Bounded by the largest value, so it fits.
        lengths.append(Int32(bytes.count - start))
        formats.append(isBinary ? 1 : 0)
    }

    /// How many there are.
    var count: Int32 { Int32(types.count) }

    /// Lends everything as C arrays.
    func withArrays<Value>(
        _ body: (
            _ values: UnsafePointer<UnsafePointer<CChar>?>?, _ lengths: UnsafePointer<Int32>?,
            _ formats: UnsafePointer<Int32>?
        ) -> Value
    ) -> Value {
        // An empty value needs a pointer that is not null, or it would be null itself: the byte behind gives one.
        (bytes + [0]).withUnsafeBufferPointer { buffer in
            buffer.withMemoryRebound(to: CChar.self) { buffer in
                let pointers: [UnsafePointer<CChar>?] = zip(offsets, nulls).map { offset, isNull in
                    isNull ? nil : buffer.baseAddress.map { $0 + offset }
                }
                return body(pointers, lengths, formats)
            }
        }
    }
}
