import Foundation
import JSON
import Storage
import TestSupport
import Testing

struct FeedbackTests {
    @Test("feedback becomes a row of the original's table", arguments: SQLDriver.allCases)
    func row(driver: SQLDriver) async throws {
        let server = try await PetsServer(.on(driver))
        let first = try await server.giveFeedback("negative", result: 0.25, input: "früh.jpg")
        #expect(
            first.keys == ["status", "feedback", "resultat_prediction", "input_user", "timestamp", "saved_to_db"])
        #expect(first["status"] == "received" && first["feedback"] == "negative")
        #expect(first["resultat_prediction"] == .number(0.25) && first["input_user"] == "früh.jpg")
        #expect(first["saved_to_db"] == true)
        let seconds = try #require(first["timestamp"]?.doubleValue)
        #expect(abs(seconds - Date.now.timeIntervalSince1970) < 60)
        _ = try await server.predict(Picture.red)
        _ = try await server.giveFeedback()
        _ = try await server.predict([], status: 500)
        _ = try await server.giveFeedback()
        let rows = try await server.database.query(
            """
            SELECT id_feedback_user, CAST(feedback AS INTEGER) AS feedback, CAST(success AS INTEGER) AS success,
                resultat_prediction, input_user, inference_time_ms, filename
            FROM feedback_user ORDER BY id_feedback_user
            """)
        #expect(try rows.map { try $0.integer("id_feedback_user") } == [1, 2, 3])
        #expect(try rows.map { try $0.integer("feedback") } == [0, 1, 1])
        #expect(try rows.map { try $0.optionalInteger("success") } == [nil, 1, 0])
        #expect(try rows[0].text("input_user") == "früh.jpg")
        #expect(try rows[0].get("inference_time_ms") == Double?.none)
        #expect(try rows[1].real("inference_time_ms") > 0)
        #expect(try rows[1].get("filename") == String?.none)
    }

    @Test("the latest inference is remembered by the monitoring file when the server starts again")
    func restart() async throws {
        var options = PetsServer.Options()
        let folder = try TemporaryFolder()
        options.folder = folder
        let first = try await PetsServer(options)
        _ = try await first.predict(Picture.red)
        try await eventually { first.monitoring.count == 1 }
        let second = try await PetsServer(options)
        _ = try await second.giveFeedback()
        let rows = try await second.database.query(
            "SELECT inference_time_ms, CAST(success AS INTEGER) AS success FROM feedback_user")
        #expect(try rows.first?.integer("success") == 1)
        let line = try #require(first.monitoring.last).split(separator: ",")
        #expect(try rows.first?.real("inference_time_ms") == Double(line[1]))
    }

    @Test("a table that is there already is used as it is", arguments: SQLDriver.allCases)
    func existing(driver: SQLDriver) async throws {
        var options = PetsServer.Options()
        let folder = try TemporaryFolder()
        let database = try await driver.open(folder.url)
        (options.folder, options.database) = (folder, database)
        let key = driver == .sqlite ? "INTEGER PRIMARY KEY AUTOINCREMENT" : "SERIAL PRIMARY KEY"
        // As the first script of the original makes it, without the column that its second one adds.
        try await database.write(
            SQLStatement(
                composed: """
                    CREATE TABLE feedback_user (
                        id_feedback_user \(key), feedback BOOLEAN NOT NULL, date_feedback DATE NOT NULL,
                        resultat_prediction FLOAT NOT NULL, input_user TEXT NOT NULL, inference_time_ms FLOAT,
                        success BOOLEAN)
                    """))
        let server = try await PetsServer(options)
        #expect(try await server.giveFeedback()["saved_to_db"] == true)
        #expect(try await server.get("/api/metrics/7d")["inf_7d"] == .number(1))
    }

    @Test("without rows the counts are zero and the rest is null", arguments: SQLDriver.allCases)
    func empty(driver: SQLDriver) async throws {
        let server = try await PetsServer(.on(driver))
        #expect(try await server.json(HTTPCall("GET", "/api/metrics/daily")) == [])
        let week = try await server.json(HTTPCall("GET", "/api/metrics/7d"))
        #expect(
            week.keys == [
                "as_of", "inf_7d", "latency_avg_ms_7d", "latency_p90_ms_7d", "fb_pos_7d", "fb_neg_7d",
            ])
        #expect(week["inf_7d"] == .number(0))
        #expect(week["latency_avg_ms_7d"] == .null && week["fb_neg_7d"] == .null)
    }

    @Test("the figures are those of PostgreSQL's own functions", arguments: SQLDriver.allCases)
    func figures(driver: SQLDriver) async throws {
        let server = try await PetsServer(.on(driver))
        #expect(try await server.giveFeedback()["saved_to_db"] == true)
        try await server.database.write("DELETE FROM feedback_user")
        // 40 days, of which 30 are told and 8 are in the week; every fifth row has no latency.
        for day in 0..<40 {
            for number in 0..<(day % 4 + 1) * 3 {
                let latency = Self.latency(number, day)
                let back: SQLStatement =
                    driver == .sqlite
                    ? "date('now', 'localtime', \(bind: "-\(day) days"))"
                    : "CURRENT_DATE - CAST(\(bind: day) AS INTEGER)"
                try await server.database.write(
                    """
                    INSERT INTO feedback_user (
                        feedback, date_feedback, resultat_prediction, input_user, inference_time_ms, success)
                    VALUES (CAST(\(bind: number % 3 == 0 ? 0 : 1) AS INTEGER) = 1, \(part: back), 0.5, 'x',
                        \(bind: latency), CAST(\(bind: number % 4 == 3 ? 0 : 1) AS INTEGER) = 1)
                    """)
            }
        }
        let days = try #require(try await server.get("/api/metrics/daily").arrayValue)
        #expect(days.count == 30)
        #expect(days[0].keys.count == 10)
        for (day, figures) in days.enumerated() {
            let numbers = Array(0..<(day % 4 + 1) * 3)
            let latencies = numbers.compactMap { Self.latency($0, day) }.sorted()
            #expect(figures["inf_count"] == .number(Double(numbers.count)))
            #expect(figures["inf_errors"] == .number(Double(numbers.count { $0 % 4 == 3 })))
            #expect(figures["feedback_neg"] == .number(Double(numbers.count { $0 % 3 == 0 })))
            for (key, share) in [("p50", 0.5), ("p90", 0.9), ("p99", 0.99)] {
                let value = try #require(figures["inf_latency_\(key)_ms"]?.doubleValue)
                #expect(abs(value - Self.percentile(latencies, share)) < 1e-9, "day \(day) \(key)")
            }
            let mean = try #require(figures["inf_latency_avg_ms"]?.doubleValue)
            #expect(abs(mean - latencies.reduce(0, +) / Double(latencies.count)) < 1e-9)
        }
        let week = try await server.get("/api/metrics/7d")
        #expect(week["as_of"] == days[0]["day"])
        let recent: Int = (0...7).map { ($0 % 4 + 1) * 3 }.reduce(0, +)
        #expect(week["inf_7d"] == .number(Double(recent)))
    }

    private static func latency(_ number: Int, _ day: Int) -> Double? {
        number % 5 == 4 ? nil : Double((number * 37 + day * 11) % 100) + 0.25
    }

    /// numpy's default definition, computed the long way.
    private static func percentile(_ sorted: [Double], _ share: Double) -> Double {
        let place = share * Double(sorted.count - 1)
        let low = Int(place.rounded(.down))
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (place - Double(low)) * (sorted[high] - sorted[low])
    }
}
