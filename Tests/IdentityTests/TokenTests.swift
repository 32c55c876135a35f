import Foundation
import Identity
import Observability
import Privacy
import Storage
import TestSupport
import Testing

@Suite("Bearer tokens", .timeLimit(.minutes(10)))
struct TokenTests {
    private let folder: TemporaryFolder
    private let time = FakeTime()

    init() throws { folder = try TemporaryFolder() }

    private func book(_ database: any SQLDatabase) async throws -> TokenBook {
        try await TokenBook(database, audit: AuditLog(database), now: { [time] in time.now })
    }

    /// Tokens that wait for the database as long as a busy machine may take, unless a test says otherwise.
    private func tokens(
        _ database: any SQLDatabase, known: [ConfiguredToken] = [], app: String? = nil,
        patience: Duration = .seconds(60)
    ) async throws -> BearerTokens {
        try await BearerTokens(
            database, known: known, app: app, now: { [time] in time.now }, clock: { [time] in time.clock },
            patience: patience)
    }

    @Test("each verdict", arguments: SQLDriver.allCases)
    func verdicts(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let book = try await book(database)
        let good = try await book.create("web").text.reveal()
        let brief = try await book.create("brief", expiresAt: time.now(in: .seconds(60))).text.reveal()
        let pets = try await book.create("pets only", app: "pets").text.reveal()
        let (taken, lost) = try await book.create("lost")
        _ = try await book.revoke(taken.id.description)
        let tokens = try await tokens(
            database, known: [ConfiguredToken(name: "API_TOKEN", text: Secret("?C@TS&D0GS!"))], app: "pets")

        #expect(await tokens.authenticate(nil) == .missing)
        #expect(await tokens.authenticate(" ") == .missing)
        #expect(await tokens.authenticate("Bearer") == .malformed)
        #expect(await tokens.authenticate("Basic \(good)") == .otherScheme)
        #expect(await tokens.authenticate("Bearer " + String(repeating: "x", count: 5000)) == .unknown)
        #expect(await tokens.authenticate("Bearer ?C@TS&D0GS!") == .accepted("API_TOKEN"))
        #expect(await tokens.authenticate("bearer   ?C@TS&D0GS!") == .accepted("API_TOKEN"))
        #expect(await tokens.authenticate("Bearer ?c@ts&d0gs!") == .unknown)
        #expect(await tokens.authenticate("Bearer \(good)") == .accepted("web"))
        #expect(await tokens.authenticate("Bearer \(good)x") == .unknown)
        #expect(await tokens.authenticate("Bearer \(good.dropLast())") == .unknown)
        #expect(await tokens.authenticate("Bearer \(good.swappingLast)") == .unknown)
        #expect(await tokens.authenticate("Bearer \(pets)") == .accepted("pets only"))
        #expect(await tokens.authenticate("Bearer \(lost.reveal())") == .revoked)
        #expect(await tokens.authenticate("Bearer \(brief)") == .accepted("brief"))
        time.pass(.seconds(60))
        #expect(await tokens.authenticate("Bearer \(brief)") == .expired)
        let others = try await self.tokens(database, app: "digits")
        #expect(await others.authenticate("Bearer \(pets)") == .otherApp)
        #expect(await others.authenticate("Bearer \(good)") == .accepted("web"))
        #expect(await others.authenticate("Bearer ?C@TS&D0GS!") == .unknown)
        await database.close()
    }

    @Test("tokens that ended leave the list after a while, those that count never", arguments: SQLDriver.allCases)
    func retention(driver: SQLDriver) async throws {
        let database = try await driver.open(folder.url)
        let book = try await book(database)
        _ = try await book.create("lasting")
        _ = try await book.create("brief", expiresAt: time.now(in: .days(1)))
        _ = try await book.revoke(try await book.create("lost").token.id.description)
        let rule = TokenBook.retention(.days(10), in: database)
        time.pass(.days(9))
        #expect(try await Purge.run([rule], now: time.now, dryRun: false).map(\.count) == [0])
        time.pass(.days(1) + .seconds(1))
        #expect(try await Purge.run([rule], now: time.now, dryRun: false).map(\.count) == [1])
        #expect(Set(try await book.list().map(\.name)) == ["lasting", "brief"])
        time.pass(.days(1))
        #expect(try await Purge.run([rule], now: time.now, dryRun: false).map(\.count) == [1])
        time.pass(.days(36_500))
        #expect(try await Purge.run([rule], now: time.now, dryRun: false).map(\.count) == [0])
        #expect(try await book.list().map(\.name) == ["lasting"])
        await database.close()
    }

    @Test("an empty configured token lets nobody in")
    func emptyToken() async throws {
        let database = try await SQLDriver.sqlite.open(folder.url)
        let tokens = try await tokens(database, known: [ConfiguredToken(name: "API_TOKEN", text: Secret(""))])
        for header in ["", "Bearer", "Bearer ", "Bearer \u{0}"] {
            #expect(await tokens.authenticate(header).acceptedName == nil)
        }
    }

    @Test("a token is replaced without a pause, and another process follows within two seconds")
    func rotation() async throws {
        // Two databases on one file stand for two processes; the driver knows no difference.
        let (office, server) = (
            try await SQLDriver.sqlite.open(folder.url), try await SQLDriver.sqlite.open(folder.url)
        )
        let book = try await book(office)
        let (old, oldText) = try await book.create("web")
        let tokens = try await tokens(server)
        #expect(await tokens.authenticate("Bearer \(oldText.reveal())") == .accepted("web"))
        // A new one counts a tenth of a second after the last reading.
        let newText = try await book.create("web").text
        #expect(await tokens.authenticate("Bearer \(newText.reveal())") == .unknown)
        time.pass(.milliseconds(100))
        #expect(await tokens.authenticate("Bearer \(newText.reveal())") == .accepted("web"))
        #expect(await tokens.authenticate("Bearer \(oldText.reveal())") == .accepted("web"))

        await #expect(throws: TokenBook.Problem.self) { try await book.revoke("web") }
        _ = try await book.revoke(old.id.description)
        #expect(await tokens.authenticate("Bearer \(oldText.reveal())") == .accepted("web"))
        time.pass(.seconds(1))
        #expect(await tokens.authenticate("Bearer \(oldText.reveal())") == .revoked)
        #expect(await tokens.authenticate("Bearer \(newText.reveal())") == .accepted("web"))
        await office.close()
        await server.close()
    }

    @Test("strangers and friends together cost ten queries a second at most")
    func queries() async throws {
        let database = WatchedDatabase(try await SQLDriver.sqlite.open(folder.url))
        let good = try await book(database).create("web").text.reveal()
        let tokens = try await tokens(database)
        #expect(await tokens.authenticate("Bearer \(good)") == .accepted("web"))
        // The day of use is written beside the first request.
        try await eventually { try await database.query(Self.lastUse).first?.optionalText("day") != nil }
        let before = database.calls
        for _ in 0..<1000 {
            #expect(await tokens.authenticate("Bearer \(good)") == .accepted("web"))
            #expect(await tokens.authenticate("Bearer wrong") == .unknown)
        }
        #expect(database.calls == before)
        for _ in 0..<10 {
            time.pass(.milliseconds(100))
            for _ in 0..<50 { #expect(await tokens.authenticate("Bearer \(good.swappingLast)") == .unknown) }
        }
        #expect(database.calls - before <= 10)
        await database.close()
    }

    private static let lastUse: SQLStatement = "SELECT last_used_on AS day FROM identity_tokens"

    @Test("the day of the last use is kept, with one write a day", arguments: SQLDriver.allCases)
    func lastUse(driver: SQLDriver) async throws {
        let database = WatchedDatabase(try await driver.open(folder.url))
        let book = try await book(database)
        let text = try await book.create("web").text.reveal()
        #expect(try await book.list().map(\.lastUsedOn) == [nil])
        let tokens = try await tokens(database)
        for day in ["2026-11-21", "2026-11-22"] {
            let before = database.writes
            for _ in 0..<100 { #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web")) }
            try await eventually { try await book.list().first?.lastUsedOn == day }
            for _ in 0..<20 {
                time.pass(.seconds(2))
                #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
            }
            #expect(database.writes == before + 1)
            time.pass(.days(1))
        }
        await database.close()
    }

    @Test("without the database known tokens go on for five minutes, configured ones for ever")
    func outage() async throws {
        let database = WatchedDatabase(try await SQLDriver.sqlite.open(folder.url))
        let book = try await book(database)
        let text = try await book.create("web").text.reveal()
        let tokens = try await tokens(database, known: [ConfiguredToken(name: "API_TOKEN", text: Secret("own"))])
        #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
        database.isAway = true
        for _ in 0..<29 {
            time.pass(.seconds(10))
            #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
            #expect(await tokens.authenticate("Bearer \(text.swappingLast)") == .unavailable)
            #expect(await tokens.authenticate("Bearer own") == .accepted("API_TOKEN"))
            #expect(await tokens.authenticate("Bearer wrong") == .unknown)
        }
        time.pass(.seconds(11))
        #expect(await tokens.authenticate("Bearer \(text)") == .unavailable)
        #expect(await tokens.authenticate("Bearer own") == .accepted("API_TOKEN"))
        database.isAway = false
        time.pass(.seconds(1))
        #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
        #expect(await tokens.authenticate("Bearer \(text.swappingLast)") == .unknown)
        await database.close()
    }

    @Test("a database that is away at the start is used once it is there")
    func lateDatabase() async throws {
        let open = try await SQLDriver.sqlite.open(folder.url)
        let text = try await book(open).create("web").text.reveal()
        let database = WatchedDatabase(open)
        database.isAway = true
        let tokens = try await tokens(database, known: [ConfiguredToken(name: "API_TOKEN", text: Secret("own"))])
        #expect(await tokens.authenticate("Bearer \(text)") == .unavailable)
        #expect(await tokens.authenticate("Bearer own") == .accepted("API_TOKEN"))
        database.isAway = false
        time.pass(.seconds(1))
        #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web"))
        await database.close()
    }

    @Test("a database that hangs holds up a request for a second at most, and those after it not at all")
    func hangingDatabase() async throws {
        let database = WatchedDatabase(try await SQLDriver.sqlite.open(folder.url))
        let text = try await book(database).create("web").text.reveal()
        let tokens = try await tokens(database, patience: .seconds(1))
        try await eventually { await tokens.authenticate("Bearer \(text)") == .accepted("web") }
        let gate = Gate()
        database.gate = gate
        time.pass(.seconds(2))
        // The gate opens only after these: a request that waited for the database would wait for ever.
        for _ in 0..<3 { #expect(await tokens.authenticate("Bearer \(text)") == .accepted("web")) }
        await gate.open()
        await database.close()
    }
}

extension String {
    /// The text with another last letter.
    var swappingLast: String { dropLast() + (last == "A" ? "B" : "A") }
}
