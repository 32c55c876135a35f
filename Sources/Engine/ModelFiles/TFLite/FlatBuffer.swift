/// Reads a file of FlatBuffers within its bounds.
///
/// Tables may be shared in such a file, so that a small one can be walked for ages: every table and every element that
/// is looked at counts against a budget.
///
/// Source: the description of the binary format of FlatBuffers (offsets, tables and their lists of fields, vectors).
struct FlatBuffer {
    /// A table: its own fields, found through the list of their places.
    struct Table {
        fileprivate let start: Int
        fileprivate let size: Int
        fileprivate let fields: Int
        fileprivate let fieldsSize: Int
    }

    /// A run of elements.
    struct Vector {
        let start: Int
        let count: Int
    }

    private let bytes: FileBytes
    private var budget: Int

    /// - Parameter budget: how many tables and elements may be looked at.
    init(_ bytes: FileBytes, budget: Int = 4_000_000) {
        self.bytes = bytes
        self.budget = budget
    }

    /// The table at the start of the file.
    mutating func root() throws(ModelFileError) -> Table {
        try table(at: target(0))
    }

    // MARK: Fields

    /// A number in a table; `fallback` where the table leaves the field out.
    func number<Number: FixedWidthInteger>(
        _ field: Int, of table: Table, else fallback: Number
    ) throws(ModelFileError) -> Number {
        guard let place = try place(of: field, in: table, width: Number.bitWidth / 8) else { return fallback }
        return try load(place)
    }

    /// A table that a field refers to.
    mutating func table(_ field: Int, of table: Table) throws(ModelFileError) -> Table? {
        guard let place = try place(of: field, in: table, width: 4) else { return nil }
        return try self.table(at: target(place))
    }

    /// A vector that a field refers to.
    ///
    /// - Parameter width: bytes of an element.
    func vector(_ field: Int, of table: Table, width: Int) throws(ModelFileError) -> Vector? {
        guard let place = try place(of: field, in: table, width: 4) else { return nil }
        return try vector(at: target(place), width: width)
    }

    /// A text that a field refers to; bytes that are no UTF-8 become U+FFFD.
    mutating func text(_ field: Int, of table: Table) throws(ModelFileError) -> String? {
        guard let vector = try vector(field, of: table, width: 1) else { return nil }
        try spend(1 + vector.count / 16)
        return bytes.withBytes { String(decoding: $0[vector.start..<vector.start + vector.count], as: UTF8.self) }
    }

    /// The numbers of a field that refers to a vector; empty where the field is left out.
    mutating func numbers<Number: FixedWidthInteger>(
        _ field: Int, of table: Table, as type: Number.Type
    ) throws(ModelFileError) -> [Number] {
        let width = Number.bitWidth / 8
        guard let vector = try vector(field, of: table, width: width) else { return [] }
        try spend(vector.count)
        var numbers: [Number] = []
        numbers.reserveCapacity(vector.count)
        for index in 0..<vector.count { numbers.append(try load(vector.start + index * width)) }
        return numbers
    }

    /// The floats of a field that refers to a vector; empty where the field is left out.
    mutating func floats(_ field: Int, of table: Table) throws(ModelFileError) -> [Float] {
        try numbers(field, of: table, as: UInt32.self).map(Float.init(bitPattern:))
    }

    /// The tables of a field that refers to a vector of tables; empty where the field is left out.
    mutating func tables(_ field: Int, of table: Table) throws(ModelFileError) -> [Table] {
        guard let vector = try vector(field, of: table, width: 4) else { return [] }
        var tables: [Table] = []
        for index in 0..<vector.count { tables.append(try self.table(at: target(vector.start + 4 * index))) }
        return tables
    }

    /// The bytes of a vector of bytes.
    func bytes(of vector: Vector) -> [UInt8] {
        bytes.withBytes { Array($0[vector.start..<vector.start + vector.count]) }
    }

    // MARK: Places

    private mutating func table(at start: Int) throws(ModelFileError) -> Table {
        try spend(1)
        let back: Int32 = try load(start)
        let fields = start - Int(back)
        guard fields >= 0 else { throw Self.damaged }
        let fieldsSize: UInt16 = try load(fields)
        let size: UInt16 = try load(fields + 2)
        guard fieldsSize >= 4, fieldsSize.isMultiple(of: 2), size >= 4, fields + Int(fieldsSize) <= bytes.count,
            start + Int(size) <= bytes.count
        else { throw Self.damaged }
        return Table(start: start, size: Int(size), fields: fields, fieldsSize: Int(fieldsSize))
    }

    private func vector(at start: Int, width: Int) throws(ModelFileError) -> Vector {
        let count: UInt32 = try load(start)
        guard Int(count) <= (bytes.count - start - 4) / width else { throw Self.damaged }
        return Vector(start: start + 4, count: Int(count))
    }

    /// Where a field lies; nil where the table leaves it out.
    private func place(of field: Int, in table: Table, width: Int) throws(ModelFileError) -> Int? {
        let slot = 4 + 2 * field
        guard slot + 2 <= table.fieldsSize else { return nil }
        let offset: UInt16 = try load(table.fields + slot)
        guard offset != 0 else { return nil }
        guard offset >= 4, Int(offset) + width <= table.size else { throw Self.damaged }
        return table.start + Int(offset)
    }

    /// The place that the offset at a place leads to.
    private func target(_ place: Int) throws(ModelFileError) -> Int {
        let offset: UInt32 = try load(place)
        let target = place + Int(offset)
        guard offset > 0, target <= bytes.count - 4 else { throw Self.damaged }
        return target
    }

    private func load<Number: FixedWidthInteger>(_ place: Int) throws(ModelFileError) -> Number {
        guard place >= 0, place <= bytes.count - Number.bitWidth / 8 else { throw Self.damaged }
        return bytes.withBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: place, as: Number.self)) }
    }

    private mutating func spend(_ cost: Int) throws(ModelFileError) {
        budget -= cost
        guard budget >= 0 else {
            throw ModelFileError(.tooLarge, "the file refers to its parts more often than is allowed")
        }
    }

    private static let damaged = ModelFileError(
        .damaged, "TensorFlow Lite: damaged or cut off: a part lies beyond the end of the file")
}
