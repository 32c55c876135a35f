import Foundation
import Monitoring
import TestSupport
import Testing

struct CSVLineTests {
    @Test(
        "cells are written as RFC 4180 has them",
        arguments: [
            ([.text("a"), .integer(-3), .number(-0.5), .empty], "a,-3,-0.5,"),
            (
                [.text("a,b"), .text("say \"hi\""), .text("two\nlines"), .text("r\rs")],
                "\"a,b\",\"say \"\"hi\"\"\",\"two\nlines\",\"r\rs\""
            ),
            ([.text(" padded "), .text("é😀")], "\" padded \",é😀"),
            ([.number(1e-7), .number(12), .number(0.1), .number(.nan), .number(-.infinity)], "1e-07,12.0,0.1,,"),
            ([.decimal(12.345, digits: 2), .decimal(-1, digits: 2), .decimal(0.125, digits: 2)], "12.35,-1.00,0.12"),
            ([.empty], "\"\""), ([.text("")], "\"\""), ([.text(""), .empty], ","),
        ] as [([CSVCell], String)])
    func cells(cells: [CSVCell], line: String) {
        #expect(String(decoding: CSVLine.bytes(cells), as: UTF8.self) == line + "\r\n")
        #expect(String(decoding: CSVLine.bytes(cells, ending: "\n"), as: UTF8.self) == line + "\n")
    }

    @Test(
        "no text begins like a formula",
        arguments: [
            "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "=cmd|' /C calc'!A0", "＝1", "＋1", "－1", "＠x",
            " =1", "\u{A0}=1", "\u{FEFF}=1", "\u{200B}-1", "=\"a\",b", "",
        ])
    func formulas(text: String) {
        let line = String(decoding: CSVLine.bytes([.text("x"), .text(text)]), as: UTF8.self).dropFirst(2)
        let cell = line.hasPrefix("\"") ? line.dropFirst() : line
        #expect(text.isEmpty ? cell == "\r\n" : cell.unicodeScalars.first == "'", "\(line)")
    }

    @Test("harmless text is left as it is", arguments: ["a=b", "1+1", "a@b.c", "x-y", "'quoted'", "Ünïcode", "12"])
    func harmless(text: String) {
        #expect(String(decoding: CSVLine.bytes([.text(text)]), as: UTF8.self) == text + "\r\n")
    }

    @Test("Python reads back any text, and an apostrophe more where one was added")
    func python() async throws {
        var random = RepeatableRandom(seed: 1)
        let alphabet: [Character] = [",", "\"", "\n", "\r", "a", "b", "=", "-", " ", "é", "\t", "'", "😀", ";"]
        let rows = (0..<300).map { _ in
            (0..<3).map { _ in
                String(
                    (0..<Int.random(in: 0...6, using: &random)).map { _ in alphabet[.random(in: 0..<14, using: &random)]
                    })
            }
        }
        let file = rows.flatMap { CSVLine.bytes($0.map { .text($0) }) }
        let read = try await Python.output(
            """
            import csv, io, sys
            text = sys.stdin.buffer.read().decode()
            for row in csv.reader(io.StringIO(text, newline=''), strict=True):
                print(*[cell.encode().hex() or '-' for cell in row])
            """, input: file
        ).split(separator: "\n").map { line in line.split(separator: " ").map(String.init) }
        func hex(_ text: String) -> String {
            text.isEmpty ? "-" : text.utf8.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        #expect(read.count == rows.count)
        for (row, cells) in zip(rows, read) {
            #expect(cells.count == 3)
            for (text, cell) in zip(row, cells) { #expect(cell == hex(text) || cell == hex("'" + text), "\(text)") }
        }
    }
}
