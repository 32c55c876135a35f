import Storage

/// The place where a page of a list ended, for asking for the next.
///
/// A list goes on behind the last row that was seen, whatever has been added or taken away since: no row comes twice, and
/// none that was there all the time is left out.
public struct PageCursor: Sendable, Equatable {
    /// What the list is sorted by, as bits.
    let key: UInt64
    /// The row.
    let id: ObjectID

    init(key: UInt64, id: ObjectID) {
        self.key = key
        self.id = id
    }

    /// Reads what `description` wrote; nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].utf8.count == 16,
            parts[0].utf8.allSatisfy({ $0 != UInt8(ascii: "+") }), let key = UInt64(parts[0], radix: 16),
            let id = ObjectID(parts[1])
        else { return nil }
        self.init(key: key, id: id)
    }

    /// The key as a number; nil where it is none, which no cursor of ours holds.
    var number: Double? {
        let number = Double(bitPattern: key)
        return number.isFinite ? number : nil
    }
}

extension PageCursor: CustomStringConvertible {
    /// Text of hexadecimal digits and a dash, fit for a URL.
    public var description: String {
        let digits = String(key, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits + "-\(id)"
    }
}

/// A part of a list.
public struct Page<Item: Sendable>: Sendable {
    /// What is on it.
    public let items: [Item]
    /// Where the next page begins; nil behind the last.
    public let next: PageCursor?

    /// Makes a page, as another log or a test would.
    public init(items: [Item], next: PageCursor?) {
        self.items = items
        self.next = next
    }
}

extension Page: Equatable where Item: Equatable {}
