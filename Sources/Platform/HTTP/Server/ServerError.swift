/// Why the server does not start.
public enum ServerError: Error, Equatable, CustomStringConvertible {
    /// Values of the configuration are out of range.
    case configuration([String])
    /// The host has no address.
    case unknownHost(String, reason: String)
    /// The port cannot be listened on.
    case cannotListen(host: String, port: Int, reason: String)
    /// The folder for uploads cannot be made.
    case temporaryFolder(reason: String)
    /// The HTTP library refused; it has no words for why.
    case cannotServe
    /// `start()` was called before.
    case alreadyStarted

    public var description: String {
        switch self {
        case .configuration(let problems): "the server's configuration is wrong: " + problems.joined(separator: "; ")
        case .unknownHost(let host, let reason): "the host \(host) has no address: \(reason)"
        case .cannotListen(let host, let port, let reason): "cannot listen on \(host) port \(port): \(reason)"
        case .temporaryFolder(let reason): "the folder for uploads cannot be made: \(reason)"
        case .cannotServe: "the HTTP library could not start its threads"
        case .alreadyStarted: "the server was started before"
        }
    }
}
