import Foundation
import JSON
import Synchronization
import TestSupport

/// Clients that post predictions over connections of their own.
enum PredictionLoad {
    /// Runs until the server is gone or the caller has enough.
    ///
    /// - Parameter tell: told each identifier the server answers; whether to go on.
    static func run(
        clients: Int, port: Int, _ call: HTTPCall, _ tell: @escaping @Sendable (String) -> Bool
    ) async {
        await withTaskGroup(of: Void.self) { group in
            let isOver = Flag()
            for _ in 0..<clients {
                group.addTask {
                    await withTaskCancellationHandler {
                        // The end of the server ends every client with an error; that is what such tests are about.
                        try? await blocking {
                            let connection = try HTTPConnection(port: port)
                            while !isOver.isSet {
                                let answer = try connection.send(call)
                                guard answer.status == 200 else { continue }
                                if !tell(try answer.json["id"]?.stringValue ?? "") { return }
                            }
                        }
                    } onCancel: {
                        isOver.set()
                    }
                }
            }
        }
    }

    private final class Flag: Sendable {
        private let value = Atomic(false)
        var isSet: Bool { value.load(ordering: .relaxed) }
        func set() { value.store(true, ordering: .relaxed) }
    }
}

/// Identifiers that a server has answered with.
final class Acknowledged: Sendable {
    private let known = Mutex<Set<String>>([])

    var ids: Set<String> { known.withLock(\.self) }
    var count: Int { known.withLock(\.count) }

    /// Adds one and tells how many there are.
    @discardableResult
    func add(_ id: String) -> Int {
        known.withLock { known in
            known.insert(id)
            return known.count
        }
    }
}

/// How many rounds of crashes a test makes: quick by default, more where somebody asks for them.
enum CrashRounds {
    /// The number in `PRUNELLE_CRASH_ROUNDS`, or the given one.
    static func number(otherwise fallback: Int) -> Int {
        ProcessInfo.processInfo.environment["PRUNELLE_CRASH_ROUNDS"].flatMap { Int($0) } ?? fallback
    }
}
