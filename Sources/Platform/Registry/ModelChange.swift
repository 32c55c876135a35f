public import Storage

/// A change of an app's models that was made.
public enum ModelChange: Sendable {
    /// A version came in, and answers for the alias if there is one.
    case added(ModelVersion, as: ModelAlias?)
    /// An alias was moved to a version from another one.
    case pointed(ModelAlias, to: ModelVersion, from: ObjectID?)
    /// An alias was moved back to the version that answered before another one.
    case rolledBack(ModelAlias, to: ModelVersion, from: ObjectID?)
}
