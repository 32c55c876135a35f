/// How the program ends; the numbers are those of `sysexits.h` where it has one.
enum ExitCode: Int32 {
    /// The model is written.
    case finished = 0
    /// The arguments are wrong.
    case usage = 64
    /// The recipe or the pictures cannot be used.
    case badData = 65
    /// libtorch failed, or learning diverged.
    case failed = 70
    /// The output folder cannot be written.
    case cannotWrite = 73
    /// Asked to stop by SIGTERM or SIGINT; `--resume` goes on from the last whole epoch.
    case stopped = 75
}

/// Why the program ends early.
struct TrainerFailure: Error {
    let code: ExitCode
    /// One line for people.
    let message: String
}
