import Configuration
import Testing

struct ConfigurationReaderTests {
    private static let port = Setting.integer("PRUNELLE_PORT", default: 8000, in: 0...65535, "Where to listen.")
    private static let body = Setting.bytes("PRUNELLE_BODY", default: 1 << 20, in: 1...(1 << 30), "Largest body.")

    @Test("a flag wins over the environment, the environment over the file, the file over the default")
    func precedence() {
        let key = Self.port.description.key
        var all = ConfigurationReader(flags: [key: "1"], environment: [key: "2"], file: [key: "3"])
        #expect(all.read(Self.port) == 1)
        var two = ConfigurationReader(environment: [key: "2"], file: [key: "3"])
        #expect(two.read(Self.port) == 2)
        var one = ConfigurationReader(file: [key: "3"])
        #expect(one.read(Self.port) == 3)
        var none = ConfigurationReader(environment: [key: ""])
        #expect(none.read(Self.port) == 8000)
    }

    @Test("every problem is told, with the value seen and the values allowed")
    func problems() {
        var reader = ConfigurationReader(
            environment: ["PRUNELLE_PORT": "99999", "PRUNELLE_BODY": "many", "PRUNELLE_PROT": "1", "HOME": "/"])
        _ = reader.read(Self.port)
        _ = reader.read(Self.body)
        reader.refuseUnknownKeys()
        #expect(
            reader.problems.map(\.description) == [
                "PRUNELLE_PORT: must be 0 to 65535, is '99999'",
                "PRUNELLE_BODY: must be 1B to 1GiB, is 'many'",
                "PRUNELLE_PROT: is not a setting; did you mean PRUNELLE_PORT?",
            ])
    }

    @Test("the variables of a replaced program are read too")
    func otherKeys() {
        let origins = Setting.list("PRUNELLE_ORIGINS", default: ["*"], allowed: "origins", "Who may call.")
            .alsoReads("CORS_ALLOWED_ORIGINS")
        var reader = ConfigurationReader(environment: ["CORS_ALLOWED_ORIGINS": "http://a , http://b"])
        #expect(reader.read(origins) == ["http://a", "http://b"])
    }

    @Test(
        "bytes are read with and without units",
        arguments: [("10", 10), ("4KiB", 4096), ("4 kb", 4096), ("2mib", 2 << 20), ("1GiB", 1 << 30)])
    func bytes(text: String, count: Int) {
        #expect(ByteCount.parse(text) == count)
        #expect(ByteCount.parse(ByteCount.text(count)) == count)
    }

    @Test("what is not a number of bytes is refused", arguments: ["", "MiB", "-1", "1.5MiB", "9223372036854775807KiB"])
    func notBytes(text: String) {
        #expect(ByteCount.parse(text) == nil)
    }

    @Test("a .env file may hold comments, exports and quotes")
    func file() {
        let text = "# comment\nexport A=1\nB = \"two words\"\n\nC='x=y'\nbroken\n"
        #expect(ConfigurationReader.parse(file: text) == ["A": "1", "B": "two words", "C": "x=y"])
    }
}
