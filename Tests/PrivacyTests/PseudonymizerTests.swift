import Foundation
import Observability
import Privacy
import Storage
import TestSupport
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PseudonymizerTests {
    private let names = Pseudonymizer(secret: Secret("a secret of the operator"))

    @Test("the same text has the same pseudonym, another text or key another one")
    func sameness() {
        let other = Pseudonymizer(secret: Secret("another secret"))
        #expect(names.pseudonym(of: "ann") == names.pseudonym(of: "ann"))
        #expect(names.pseudonym(of: "ann") != names.pseudonym(of: "Ann"))
        #expect(names.pseudonym(of: "ann") != other.pseudonym(of: "ann"))
        #expect(names.pseudonym(of: "ann").wholeMatch(of: /p_[0-9a-z]{26}/) != nil)
    }

    @Test("texts that look the same have the same pseudonym, however they are composed")
    func composition() {
        #expect(Array("é".utf8) != Array("e\u{301}".utf8))
        #expect(names.pseudonym(of: "é") == names.pseudonym(of: "e\u{301}"))
    }

    @Test(
        "a file's pseudonym keeps a plain extension and nothing else",
        arguments: [
            ("ann smith.jpg", ".jpg"), ("ANN.JPEG", ".jpeg"), ("ann", ""), (".jpg", ""), ("ann.", ""),
            ("ann.smith-born-1970", ""), ("ann.tar.gz", ".gz"), ("ann.é", ""), ("", ""), ("a.j/g", ""),
        ])
    func fileNames(name: String, ending: String) {
        let pseudonym = names.pseudonym(ofFileName: name)
        #expect(pseudonym == names.pseudonym(of: name) + ending)
        #expect(!pseudonym.contains("ann"))
    }

    @Test("the key is made once and kept in the database", arguments: SQLDriver.allCases)
    func keptKey(driver: SQLDriver) async throws {
        let folder = try TemporaryFolder()
        let database = try await driver.open(folder.url)
        let pseudonyms = try await withThrowingTaskGroup(of: String.self) { group in
            for _ in 0..<8 {
                group.addTask { try await Pseudonymizer(keptIn: database).pseudonym(of: "ann") }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(pseudonyms.count == 1)
        await database.close()
        let again = try await driver.open(folder.url)
        #expect(try await Pseudonymizer(keptIn: again).pseudonym(of: "ann") == pseudonyms.first)
        await again.close()
        let elsewhere = try await driver.open(TemporaryFolder().url)
        #expect(try await Pseudonymizer(keptIn: elsewhere).pseudonym(of: "ann") != pseudonyms.first)
        await elsewhere.close()
    }

    @Test("every form of a subject is found, whatever the setting was when it was kept")
    func forms() {
        let (open, hidden) = (StoredNames(names, arePseudonyms: false), StoredNames(names, arePseudonyms: true))
        #expect(open.stored("ann.jpg") == "ann.jpg")
        #expect(hidden.stored("ann.jpg") == names.pseudonym(ofFileName: "ann.jpg"))
        for stored in [open, hidden] {
            for name in ["ann.jpg", "é.jpg", "e\u{301}.jpg", "ann"] {
                let forms = stored.forms(of: name).map { Array($0.utf8) }
                for kept in [open.stored(name), hidden.stored(name)] { #expect(forms.contains(Array(kept.utf8))) }
                #expect(Set(forms).count == forms.count)
            }
            #expect(stored.forms(of: "e\u{301}").contains { Array($0.utf8) == Array("é".utf8) })
            #expect(stored.forms(of: "é").contains { Array($0.utf8) == Array("e\u{301}".utf8) })
        }
    }
}
