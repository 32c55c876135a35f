import Configuration
import Foundation

extension Command {
    static let configuration = Command(
        name: "configuration", summary: "Show every setting with its default and meaning.",
        discussion: "Checks the present settings too: a value that cannot be used is told, and the exit status is 78.",
        options: [.init(name: "markdown", summary: "Print the page docs/configuration.md.")],
        run: { arguments in
            if arguments.has("markdown") {
                print(ConfigurationPage.markdown, terminator: "")
            } else {
                print(ConfigurationPage.text, terminator: "")
                _ = try ServerSettings.read()
            }
        })
}

/// The reference of all settings, made from their declarations.
enum ConfigurationPage {
    /// The settings of each section, in the order they are read.
    static var sections: [(title: String, settings: [SettingDescription])] {
        ServerSettings.sections.map { section in
            var reader = ConfigurationReader()
            var settings = ServerSettings.defaults
            section.read(&settings, &reader)
            return (section.title, reader.settings)
        }
    }

    static var text: String {
        sections.map { section in
            "\(section.title)\n"
                + section.settings.map { "  \($0.key)=\($0.defaultText)\n      \($0.summary)\n" }.joined()
        }.joined(separator: "\n")
    }

    static var markdown: String {
        var page = """
            # Configuration

            A setting is read from, in this order: a flag of the command, an environment variable, a line of `.env` in
            the working folder, the default. Every problem is told at once and the program ends with status 78 before it
            opens a port. A key that starts with `PRUNELLE_` and is not in this list is taken for a typing error.

            This page is made by `prunelle configuration --markdown`; a test compares the two.

            """
        for section in sections {
            page += "\n## \(section.title)\n\n| Key | Default | Allowed | Meaning |\n|---|---|---|---|\n"
            for setting in section.settings {
                let keys = ([setting.key] + setting.otherKeys).map { "`\($0)`" }.joined(separator: ", also ")
                let value = setting.defaultText.isEmpty ? "" : "`\(setting.defaultText)`"
                page += "| \(keys) | \(value) | \(setting.allowed) | \(setting.summary) |\n"
            }
        }
        return page
    }
}
