import Storage
import Testing

@Suite("MongoDB URIs")
struct MongoAddressTests {
    @Test(
        "are taken as drivers write them, and printed without the password",
        arguments: [
            ("mongodb://localhost:27017", "mongodb://localhost:27017/mnist_app"),
            ("mongodb://bob:se%40cret@a:1,b:2/admin?replicaSet=rs0&w=1", "mongodb://a:1,b:2/mnist_app"),
            ("mongodb://[::1]:27017/?authSource=admin&tls=true", "mongodb://[::1]:27017/mnist_app"),
            (
                "mongodb+srv://bob:secret@cluster0.example.org/?retryWrites=true",
                "mongodb://cluster0.example.org/mnist_app"
            ),
        ])
    func addresses(uri: String, description: String) throws {
        let address = try MongoAddress(uri, database: "mnist_app")
        #expect("\(address)" == description)
        var dumped = ""
        dump(address, to: &dumped)
        #expect(!dumped.contains("cret"))
    }

    @Test(
        "that cannot be used are refused without repeating the password",
        arguments: [
            ("localhost:27017", "must begin with"), ("http://h", "must begin with"),
            ("mongodb://", "connection string"),
            ("mongodb://bob:sec%ret@h", "percent-encoded"), ("mongodb://bob:secret@h:99999", "connection string"),
            ("mongodb://bob:12/sec@h/", "percent-encoded"), ("mongodb://bob:12?sec@h/", "percent-encoded"),
        ])
    func refusals(uri: String, reason: String) {
        let problem = #expect(throws: MongoAddress.Problem.self) { try MongoAddress(uri, database: "d") }
        #expect(problem?.description.contains(reason) == true, "\(problem?.description ?? "")")
        #expect(problem?.description.contains("sec") == false)
    }

    @Test("a database is named within MongoDB's rules", arguments: ["", "a b", "a.b", "a/b", "$a", "a\0", "\"a\""])
    func names(name: String) {
        #expect(throws: MongoAddress.Problem.self) { try MongoAddress("mongodb://h", database: name) }
        #expect(throws: MongoAddress.Problem.self) {
            try MongoAddress("mongodb://h", database: String(repeating: "a", count: 64))
        }
        #expect(throws: Never.self) { try MongoAddress("mongodb://h", database: String(repeating: "a", count: 63)) }
    }
}
