import Dispatch
import Foundation

/// SIGTERM and SIGINT as something to await.
///
/// `@unchecked Sendable`: the sources are set up in `init` and only kept alive afterwards.
final class TerminationSignals: @unchecked Sendable {
    private let stream: AsyncStream<Int32>
    private let sources: [any DispatchSourceSignal]

    /// Takes over the two signals for the rest of the process.
    init() {
        let (stream, continuation) = AsyncStream.makeStream(of: Int32.self)
        self.stream = stream
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { continuation.yield(number) }
            source.resume()
            return source
        }
    }

    /// Waits for the first of them.
    func first() async {
        for await _ in stream { return }
    }
}
