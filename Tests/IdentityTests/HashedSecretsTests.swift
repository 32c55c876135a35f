import Privacy
import Testing

@testable import Identity

@Suite("Secrets by their hash")
struct HashedSecretsTests {
    private let hashes = (0..<20).map { Blake2b.hash([UInt8($0)]) }

    @Test("every hash is compared, wherever the right one stands", arguments: 0..<20)
    func allAreCompared(position: Int) {
        let secrets = HashedSecrets(zip(hashes, 0...).map { (hash: $0, value: $1) })
        var compared: [[UInt8]] = []
        let found = secrets.find(hashes[position]) { one, other in
            compared.append(one)
            return Blake2b.areEqual(one, other)
        }
        #expect(found == position)
        #expect(compared == hashes)
    }

    @Test("a hash that differs in one bit is another one", arguments: 0..<32)
    func bits(byte: Int) {
        let secrets = HashedSecrets([(hash: hashes[0], value: "right")])
        #expect(secrets.find(hashes[0]) == "right")
        for bit in 0..<8 {
            var hash = hashes[0]
            hash[byte] ^= 1 << bit
            #expect(secrets.find(hash) == nil)
        }
        #expect(secrets.find(Array(hashes[0].dropLast())) == nil)
        #expect(secrets.find([]) == nil)
    }

    @Test("the hash is BLAKE2b")
    func known() {
        // RFC 7693, appendix A: BLAKE2b-512 of "abc" begins with these bytes.
        let hash = Blake2b.hash("abc".utf8, length: 64)
        #expect(hash.prefix(8) == [0xBA, 0x80, 0xA5, 0x3F, 0x98, 0x1C, 0x4D, 0x0D])
        #expect(Blake2b.hash("abc".utf8, key: hashes[0]) != Blake2b.hash("abc".utf8))
    }
}
