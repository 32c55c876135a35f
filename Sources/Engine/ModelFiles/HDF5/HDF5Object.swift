/// The header of a group or a dataset: a list of messages.
struct HDF5Object {
    /// Types of messages that are read (section IV.A.2 of the specification).
    enum MessageType: Int {
        case dataspace = 0x01
        case linkInfo = 0x02
        case datatype = 0x03
        case link = 0x06
        case externalFiles = 0x07
        case layout = 0x08
        case filters = 0x0B
        case attribute = 0x0C
        case continuation = 0x10
        case symbolTable = 0x11
        case attributeInfo = 0x15
    }

    /// One message.
    struct Message {
        let type: MessageType
        /// Whether the content lies elsewhere and is shared between objects.
        let isShared: Bool
        let content: HDF5Cursor
    }

    private(set) var messages: [Message] = []
    /// Places where further messages lie.
    private var continuations: [(address: HDF5Address, count: Int)] = []

    private static let maximumMessages = 1 << 16
    private static let maximumBlocks = 1 << 10

    /// Reads the header at an address.
    init(in file: FileBytes, at address: HDF5Address) throws(ModelFileError) {
        var cursor = try HDF5Cursor(file, at: address)
        let first = try cursor.byte()
        if first == 1 {
            try cursor.skip(7)
            let size = try cursor.small(4)
            try cursor.skip(4)
            var block = try cursor.part(size)
            try readOld(&block)
            try followOld(in: file)
        } else {
            cursor = try HDF5Cursor(file, at: address)
            try cursor.expect("OHDR")
            try readNew(&cursor, in: file)
        }
    }

    /// The content of the only message of a type; nil where there is none.
    func message(_ type: MessageType) throws(ModelFileError) -> HDF5Cursor? {
        guard let message = messages.first(where: { $0.type == type }) else { return nil }
        guard !message.isShared else {
            throw ModelFileError(.unsupported, "the HDF5 file shares descriptions between objects, not supported")
        }
        return message.content
    }

    /// The content of a message that the object must have.
    func required(_ type: MessageType) throws(ModelFileError) -> HDF5Cursor {
        guard let content = try message(type) else { throw HDF5File.damaged("has an object without its \(type)") }
        return content
    }

    private mutating func readOld(_ block: inout HDF5Cursor) throws(ModelFileError) {
        while block.remaining >= 8 {
            let type = try block.small(2)
            let size = try block.small(2)
            let flags = try block.byte()
            try block.skip(3)
            try add(type, flags, try block.part(size))
        }
    }

    private mutating func followOld(in file: FileBytes) throws(ModelFileError) {
        var next = 0
        while next < continuations.count {
            guard next < Self.maximumBlocks else { throw HDF5File.damaged("has an endless object header") }
            var block = try HDF5Cursor(file, at: continuations[next].address, count: continuations[next].count)
            try readOld(&block)
            next += 1
        }
    }

    private mutating func readNew(_ cursor: inout HDF5Cursor, in file: FileBytes) throws(ModelFileError) {
        guard try cursor.byte() == 2 else { throw HDF5File.damaged("has an object header of unknown version") }
        let flags = try cursor.byte()
        // Four times of day, then two limits for attributes.
        try cursor.skip((flags & 0x20 != 0 ? 16 : 0) + (flags & 0x10 != 0 ? 4 : 0))
        let width = 1 << Int(flags & 3)
        guard let size = Int(exactly: try cursor.number(width)) else { throw HDF5File.damaged("is damaged") }
        let hasOrder = flags & 4 != 0
        var block = try cursor.part(size)
        try readNew(&block, hasOrder: hasOrder)
        var next = 0
        while next < continuations.count {
            guard next < Self.maximumBlocks else { throw HDF5File.damaged("has an endless object header") }
            var block = try HDF5Cursor(file, at: continuations[next].address, count: continuations[next].count)
            try block.expect("OCHK")
            // The block ends with a checksum.
            var messages = try block.part(max(0, block.remaining - 4))
            try readNew(&messages, hasOrder: hasOrder)
            next += 1
        }
    }

    private mutating func readNew(_ block: inout HDF5Cursor, hasOrder: Bool) throws(ModelFileError) {
        while block.remaining >= (hasOrder ? 6 : 4) {
            let type = try block.small(1)
            let size = try block.small(2)
            let flags = try block.byte()
            if hasOrder { try block.skip(2) }
            try add(type, flags, try block.part(size))
        }
    }

    private mutating func add(_ type: Int, _ flags: UInt8, _ content: HDF5Cursor) throws(ModelFileError) {
        guard let type = MessageType(rawValue: type) else { return }
        if type == .continuation {
            var content = content
            continuations.append((try content.address(), try content.length()))
        } else {
            messages.append(Message(type: type, isShared: flags & 2 != 0, content: content))
            guard messages.count <= Self.maximumMessages else { throw HDF5File.damaged("has an endless object header") }
        }
    }
}
