import Foundation
import Inference
import Registry

/// Loads and runs the graph of a stranger's model once, where nothing but this process can come to harm.
///
/// A sound graph of a few bytes may ask the engine for more memory than there is, or for work without end, and some
/// graphs make the engine itself crash. A server that loads only graphs that have passed here is spared all three.
enum GraphTrial {
    /// Processor time that compiling and one prediction may take, in seconds.
    private static let seconds = 30
    /// Memory beside what the weights may need, in bytes; the engine's own threads and buffers come out of it.
    private static let baseMemory = 2 << 30

    /// The files to remove when the process has to end at once, as C has them.
    ///
    /// Written once, before the handlers that read them are set.
    nonisolated(unsafe) private static var paths: (UnsafeMutablePointer<CChar>?, UnsafeMutablePointer<CChar>?)

    /// Compiles a graph and predicts from zeros.
    ///
    /// A graph that crashes the engine or runs out of time ends the process with the status and the line of a refusal, and
    /// its file is removed.
    ///
    /// - Parameter file: the graph, which nobody else uses; another file is written beside it for a while.
    /// - Throws: `Exit` with the status of a refusal for a graph that the engine does not run.
    static func run(_ file: URL) throws {
        let size = try FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int ?? 0
        Confinement.allow(memoryFor: size, beside: baseMemory, secondsFromNow: seconds)
        paths = (strdup(file.path), strdup(ModelSource.outline(of: file).path))
        refuseOnSignals()
        do {
            try wait {
                var configuration = InferenceConfiguration()
                configuration.workers = 1
                let runtime = try InferenceRuntime(configuration)
                _ = try await runtime.load(.file(file, mayWriteBeside: true), name: "trial")
            }
        } catch {
            throw Exit(status: ConfinedConversion.refusalStatus, message: "\(error)")
        }
    }

    /// Waits on this thread, which is the program's first and has nothing else to do.
    private static func wait(for work: @escaping @Sendable () async throws -> Void) throws {
        let outcome = Outcome()
        let isDone = DispatchSemaphore(value: 0)
        Task.detached {
            do { try await work() } catch { outcome.error = error }
            isDone.signal()
        }
        isDone.wait()
        if let error = outcome.error { throw error }
    }

    /// `@unchecked Sendable`: written before the semaphore is signalled and read after, so no lock is needed.
    private final class Outcome: @unchecked Sendable {
        var error: (any Error)?
    }

    /// Turns what the engine may die of into a refusal; the handlers call nothing that is unsafe in a signal.
    private static func refuseOnSignals() {
        signal(SIGXCPU) { _ in
            GraphTrial.refuse("prunelle: the model takes too long to compile or to predict\n")
        }
        for crash in [SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT] {
            signal(crash) { _ in
                GraphTrial.refuse("prunelle: the model makes the engine stop, or needs more memory than is allowed\n")
            }
        }
    }

    private static func refuse(_ line: StaticString) -> Never {
        if let path = paths.0 { unlink(path) }
        if let path = paths.1 { unlink(path) }
        _ = write(STDERR_FILENO, line.utf8Start, line.utf8CodeUnitCount)
        _exit(ConfinedConversion.refusalStatus)
    }
}
