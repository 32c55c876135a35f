import Foundation
import ModelFiles
import TestSupport
import Testing

struct SupportTableTests {
    @Test("docs/model-files.md has the tables that the program prints")
    func documented() throws {
        let page = try String(contentsOf: repository.appending(path: "docs/model-files.md"), encoding: .utf8)
        #expect(
            page.contains(SupportTable.markdown),
            "write the output of `prunelle models supported --markdown` into docs/model-files.md")
    }

    @Test("no name stands twice under one heading")
    func unique() {
        for section in SupportTable.sections {
            let names = section.rows.flatMap(\.names)
            #expect(!names.isEmpty && Set(names).count == names.count, "\(section.title)")
        }
    }
}
