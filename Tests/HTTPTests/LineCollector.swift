import Synchronization

/// Keeps the lines of a log.
final class LineCollector: Sendable {
    private let bytes = Mutex<[UInt8]>([])

    func add(_ batch: [UInt8]) {
        bytes.withLock { $0 += batch }
    }

    var all: [String] {
        String(decoding: bytes.withLock { $0 }, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
