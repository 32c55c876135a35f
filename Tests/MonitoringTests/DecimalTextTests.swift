import Foundation
import Monitoring
import Testing

struct DecimalTextTests {
    @Test("a text is the one that Foundation's formats give", arguments: 0...17)
    func same(digits: Int) {
        let numbers: [Double] = [
            0, -0.0, 0.5, 1.5, 2.5, 0.125, -0.375, 1.005, 87.654321, 99.995, 100, 1e-300, -1e15, 123_456_789.987654321,
            .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
        ]
        for number in numbers {
            #expect(DecimalText.of(number, digits: digits) == String(format: "%.\(digits)f", number))
        }
    }

    @Test("digits beyond what a number has are left out")
    func limits() {
        #expect(DecimalText.of(0.5, digits: 40) == "0.50000000000000000")
        #expect(DecimalText.of(1.5, digits: -1) == "2")
    }
}
