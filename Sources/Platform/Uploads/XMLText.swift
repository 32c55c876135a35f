import HTTP

/// Small answers in XML.
enum XMLText {
    /// An answer of one element with elements that hold texts.
    static func response(_ root: String, _ elements: [(name: String, text: String)], status: Int) -> HTTPResponse {
        let inner = elements.map { "<\($0.name)>\(escape($0.text))</\($0.name)>" }.joined()
        let text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<\(root)>\(inner)</\(root)>"
        return .bytes(Array(text.utf8), contentType: "application/xml", status: status)
    }

    private static func escape(_ text: String) -> String {
        var escaped = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            // Other characters below the space are none of XML.
            case "\u{0}"..."\u{1F}": escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
