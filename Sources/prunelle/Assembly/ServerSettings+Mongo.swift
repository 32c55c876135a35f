import Configuration
import Storage

extension ServerSettings {
    /// Reads whether the documents of digits lie in a MongoDB, and how it is used.
    mutating func readMongo(_ reader: inout ConfigurationReader) {
        let uri = reader.read(
            .text(
                "PRUNELLE_MONGO_URI", default: "", allowed: "a URI",
                "A MongoDB for the models and records of digits, in the collections of the backend it replaces: "
                    + "`mongodb://user:password@host:27017/` or `mongodb+srv://…`, with any options. Without it they lie in the "
                    + "database above."
            ).alsoReads("MONGO_URI"))
        let name = reader.read(
            .text(
                "PRUNELLE_MONGO_DB", default: "mnist_app", allowed: "the name of a database",
                "The database on the MongoDB server. What the URI names counts for logging in only."
            ).alsoReads("MONGO_DB"))
        let timeout = reader.read(
            .seconds(
                "PRUNELLE_MONGO_TIMEOUT", default: 10, in: 0.1...3600,
                "Longest time that a call waits for its turn, and then for each answer of a MongoDB server. A server that "
                    + "cannot be reached is given up after three seconds."))
        guard !uri.isEmpty else { return }
        do throws(MongoAddress.Problem) {
            var configuration = MongoConfiguration(address: try MongoAddress(uri, database: name))
            configuration.timeout = timeout
            mongo = configuration
        } catch {
            reader.note(ConfigurationProblem(error.isAboutName ? "MONGO_DB" : "MONGO_URI", error.description))
        }
    }
}
