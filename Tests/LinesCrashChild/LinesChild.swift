import Foundation
import Monitoring

/// The work of a child process of the tests of growing files.
enum LinesChild {
    /// - Parameter arguments: the file, a name that begins every line, and the most bytes of a file.
    static func main(_ arguments: [String]) {
        guard arguments.count == 3, let maximum = Int(arguments[2]) else { exit(64) }
        let file = RotatingFile(
            URL(filePath: arguments[0]), rotation: FileRotation(maximumBytes: maximum, kept: 1000),
            header: Array("name,number,filler,check\n".utf8))
        for number in 0... {
            let filler = String(repeating: "x", count: number * 7919 % 300)
            file.append(Array("\(arguments[1]),\(number),\(filler),\(filler.count)\n".utf8))
            // In batches of different sizes; what has been flushed is promised.
            if number % 13 == 0, file.flush() { say("\(number)") }
        }
    }

    private static func say(_ line: String) {
        let bytes = Array((line + "\n").utf8)
        _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
    }
}
