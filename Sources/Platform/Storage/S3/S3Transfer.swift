import CCurl
import Foundation

/// What libcurl's callbacks work on while one request runs; used by the thread that runs it only.
final class S3Transfer {
    /// Bytes of an error's body that are kept.
    private static let errorLimit = 64 << 10

    private let body: S3Body
    private let sink: S3Sink
    private let cancellation: S3Cancellation
    private var sent = 0
    private var file: FileDescriptor?
    private(set) var response = S3Response()
    /// Why a callback stopped the request.
    private(set) var failure: StorageError?

    init(_ body: S3Body, _ sink: S3Sink, _ cancellation: S3Cancellation) {
        self.body = body
        self.sink = sink
        self.cancellation = cancellation
    }

    /// Fills a buffer with the next bytes to send; nil stops the request.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        switch body {
        case .none: return 0
        case .bytes(let bytes):
            let count = min(buffer.count, bytes.count - sent)
            guard count > 0 else { return 0 }
            bytes.withUnsafeBytes { buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[sent..<sent + count])) }
            sent += count
            return count
        case .file(let slice):
            do throws(StorageError) {
                let count = try slice.read(into: buffer, at: sent)
                sent += count
                return count
            } catch {
                failure = error
                return nil
            }
        }
    }

    /// Goes to a place of the body, as the library wants when it has to send it again.
    func seek(to position: Int) -> Bool {
        guard (0...body.count).contains(position) else { return false }
        sent = position
        return true
    }

    /// Takes a line of the answer's head.
    func takeHeader(_ line: UnsafeRawBufferPointer) {
        if line.starts(with: "HTTP/".utf8) {
            // An interim answer, such as 100, comes before the real one.
            response = S3Response()
            let words = line.split(separator: UInt8(ascii: " "))
            response.status = words.count > 1 ? Int(String(decoding: words[1].prefix(3), as: UTF8.self)) ?? 0 : 0
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")),
            let name = S3Response.fields.first(where: { Self.isSame($0.utf8, line[..<colon]) })
        {
            let isBlank = { (byte: UInt8) in byte <= UInt8(ascii: " ") }
            let value = line[(colon + 1)...].drop(while: isBlank)
            let end = value.lastIndex { !isBlank($0) }.map { $0 + 1 } ?? value.startIndex
            response.headers[name] = String(decoding: value[..<end], as: UTF8.self)
        }
    }

    /// Whether a field's name, whatever its case, is one in lower case.
    private static func isSame(_ name: String.UTF8View, _ text: Slice<UnsafeRawBufferPointer>) -> Bool {
        name.count == text.count && zip(name, text).allSatisfy { $0 == ($1 | ($1 >= 0x41 && $1 <= 0x5A ? 0x20 : 0)) }
    }

    /// Takes the next bytes of the answer's body; false stops the request.
    func take(_ bytes: UnsafeRawBufferPointer) -> Bool {
        do throws(StorageError) {
            switch sink {
            case _ where !(200..<300).contains(response.status):
                response.body += bytes.prefix(Self.errorLimit - min(Self.errorLimit, response.body.count))
            case .memory(let limit): try keep(bytes, limit: limit)
            case .file(let url):
                if file == nil { file = try FileDescriptor.create(url) }
                try file?.write(bytes)
            }
            return true
        } catch {
            failure = error
            return false
        }
    }

    /// Whether the request is to go on.
    var goesOn: Bool { !cancellation.isCancelled }

    /// Ends the answer: what came is whole, or is taken back.
    func finish(isWhole: Bool) {
        guard case .file(let url) = sink, (200..<300).contains(response.status) else { return }
        do throws(StorageError) {
            // An object without bytes is a file too.
            if file == nil, isWhole { file = try FileDescriptor.create(url) }
        } catch {
            failure = error
        }
        if !isWhole, let number = file?.number { ftruncate(number, 0) }
        file = nil
    }

    private func keep(_ bytes: UnsafeRawBufferPointer, limit: Int) throws(StorageError) {
        let stated = response.headers["content-length"].flatMap { Int($0) } ?? 0
        let size = max(stated, response.body.count + bytes.count)
        guard size <= limit else { throw .tooLarge(detail: "the object has \(size) bytes or more, \(limit) allowed") }
        // What a server states is believed as far as memory for it is cheap.
        if response.body.isEmpty { response.body.reserveCapacity(min(stated, 4 << 20)) }
        response.body.append(contentsOf: bytes)
    }
}
