public import Observability

/// A token that the operator chose in the configuration.
public struct ConfiguredToken: Sendable {
    /// What it is called, as a rule the key of its setting, such as `API_TOKEN`.
    public let name: String
    /// What clients send.
    public let text: Secret<String>

    /// Makes a token; an empty text is sent by nobody and so lets nobody in.
    public init(name: String, text: Secret<String>) {
        self.name = name
        self.text = text
    }
}
