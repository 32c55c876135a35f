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

    @Test("no name stands twice in one row")
    func unique() {
        for row in SupportTable.sections.flatMap(\.rows) {
            #expect(!row.names.isEmpty && Set(row.names).count == row.names.count, "\(row.kind)")
        }
    }
}
