/// A name in a group.
enum HDF5Link {
    /// An object of the file.
    case hard(HDF5Address)
    /// A path inside the file or in another one; never followed.
    case elsewhere
}

/// Reads the names in a group.
struct HDF5GroupReader {
    let file: FileBytes
    /// More are taken for an attack.
    let maximumLinks: Int

    /// The names in a group; none for a dataset.
    func links(of object: HDF5Object) throws(ModelFileError) -> [String: HDF5Link] {
        if var table = try object.message(.symbolTable) {
            let tree = try table.address()
            return try oldLinks(tree: tree, heap: try names(at: try table.address()))
        }
        var links: [String: HDF5Link] = [:]
        if let info = try object.message(.linkInfo) { try checkCompact(info) }
        for message in object.messages where message.type == .link {
            let (name, link) = try newLink(message.content)
            links[name] = link
        }
        return links
    }

    // MARK: Old form: a tree of tables, names in a heap

    private func names(at address: HDF5Address) throws(ModelFileError) -> HDF5Cursor {
        var heap = try HDF5Cursor(file, at: address)
        try heap.expect("HEAP")
        try heap.skip(4)
        let size = try heap.length()
        try heap.skip(8)
        return try HDF5Cursor(file, at: try heap.address(), count: size)
    }

    private func oldLinks(tree: HDF5Address, heap: HDF5Cursor) throws(ModelFileError) -> [String: HDF5Link] {
        var links: [String: HDF5Link] = [:]
        for table in try HDF5Tree(file, at: tree, keyLength: 8, type: 0, limit: maximumLinks).leaves {
            var cursor = try HDF5Cursor(file, at: table.child)
            try cursor.expect("SNOD")
            try cursor.skip(2)
            for _ in 0..<(try cursor.small(2)) {
                var name = heap
                try name.skip(try cursor.length())
                let address = try cursor.address()
                let isSoft = try cursor.small(4) == 2
                try cursor.skip(20)
                links[try name.text()] = isSoft ? .elsewhere : .hard(address)
                guard links.count <= maximumLinks else { throw HDF5File.damaged("has too many names") }
            }
        }
        return links
    }

    // MARK: New form: links as messages

    private func checkCompact(_ info: HDF5Cursor) throws(ModelFileError) {
        var info = info
        try info.skip(1)
        let flags = try info.byte()
        if flags & 1 != 0 { try info.skip(8) }
        guard try info.address().offset == nil else {
            throw ModelFileError(
                .unsupported, "the HDF5 file keeps large groups in the form of newer versions, which is not supported")
        }
    }

    private func newLink(_ content: HDF5Cursor) throws(ModelFileError) -> (name: String, link: HDF5Link) {
        var content = content
        guard try content.byte() == 1 else { throw HDF5File.damaged("has a link of unknown version") }
        let flags = try content.byte()
        let isHard = flags & 8 == 0 ? true : try content.byte() == 0
        try content.skip((flags & 4 != 0 ? 8 : 0) + (flags & 16 != 0 ? 1 : 0))
        guard let length = Int(exactly: try content.number(1 << Int(flags & 3))) else {
            throw HDF5File.damaged("has a name of impossible length")
        }
        let name = String(decoding: try content.bytes(length), as: UTF8.self)
        return (name, isHard ? .hard(try content.address()) : .elsewhere)
    }
}

/// A tree of the old form (version 1), which finds the tables of a group or the pieces of an array.
struct HDF5Tree {
    /// An entry of the lowest level: its key and where it leads.
    struct Leaf {
        let key: HDF5Cursor
        let child: HDF5Address
    }

    private(set) var leaves: [Leaf] = []

    /// Walks a tree; levels must fall from node to node, so that no circle is walked twice.
    ///
    /// - Parameter limit: entries beyond which the tree is taken for an attack.
    init(
        _ file: FileBytes, at root: HDF5Address, keyLength: Int, type: UInt8, limit: Int
    ) throws(ModelFileError) {
        var waiting: [(address: HDF5Address, level: Int?)] = [(root, nil)]
        var visited = 0
        while let (address, expected) = waiting.popLast() {
            visited += 1
            guard visited <= limit else { throw HDF5File.damaged("has an endless tree") }
            var node = try HDF5Cursor(file, at: address)
            try node.expect("TREE")
            guard try node.byte() == type else { throw HDF5File.damaged("has a tree of the wrong kind") }
            let level = try node.small(1)
            guard expected == nil || level == expected else { throw HDF5File.damaged("has a tree that is no tree") }
            let count = try node.small(2)
            try node.skip(16)
            var children: [(address: HDF5Address, level: Int?)] = []
            for _ in 0..<count {
                let key = try node.part(keyLength)
                let child = try node.address()
                if level == 0 {
                    leaves.append(Leaf(key: key, child: child))
                } else {
                    children.append((child, level - 1))
                }
            }
            // The first child is taken next, so that the order stays.
            waiting += children.reversed()
            guard leaves.count <= limit, waiting.count <= limit else { throw HDF5File.damaged("has an endless tree") }
        }
    }
}
