import Foundation
import Glibc
import HTTP
import Observability

extension Doctor {
    /// Whether the data folder can be used, who else may read it, and how much room it has.
    func dataFolder() -> [Finding] {
        let name = "'\(settings.data.relativePath)'"
        var folder = settings.data.absoluteURL
        let exists = FileManager.default.fileExists(atPath: folder.path)
        while !FileManager.default.fileExists(atPath: folder.path), folder.path.count > 1 {
            folder = folder.deletingLastPathComponent()
        }
        guard access(folder.path, W_OK | X_OK) == 0 else {
            return [
                Finding(
                    "data folder", .wrong, "\(name) cannot be written by this user",
                    advice: "give it to the user that serves: 'chown -R USER \(settings.data.relativePath)'")
            ]
        }
        var findings = [
            Finding("data folder", .fine, exists ? "\(name) can be written" : "\(name) is made at the first start")
        ]
        var status = stat()
        if exists, stat(folder.path, &status) == 0, status.st_mode & 0o007 != 0 {
            findings.append(
                Finding(
                    "data folder", .remark, "other users of the machine may look into \(name)",
                    advice: "'chmod o-rwx \(settings.data.relativePath)'"))
        }
        findings.append(room(of: folder))
        return findings
    }

    private func room(of folder: URL) -> Finding {
        var disk = statvfs()
        guard statvfs(folder.path, &disk) == 0 else {
            return Finding("disk", .remark, "how much room it has is not known")
        }
        let free = Double(disk.f_bavail) * Double(disk.f_frsize)
        let text = "\(Int(free / 1_048_576)) MiB free"
        if free < 200 * 1_048_576 {
            return Finding("disk", .wrong, "only \(text)", advice: "make room: nothing can be stored on a full disk")
        }
        if free < 2_048 * 1_048_576 || disk.f_ffree == 0 && disk.f_files > 0 {
            return Finding("disk", .remark, text, advice: "make room before it is full")
        }
        return Finding("disk", .fine, text)
    }

    /// A clock that was never set stands at the beginning of some year long gone.
    private func clock() -> Finding {
        let now = Timestamp.now.iso8601(fraction: .none)
        guard now < "2025" else { return Finding("clock", .fine, "it is \(now)") }
        return Finding(
            "clock", .wrong, "it is said to be \(now)",
            advice: "set the clock (chrony or systemd-timesyncd): rows, links and certificates depend on it")
    }

    /// The clock and the limits of the process.
    func machine() -> [Finding] {
        var findings = [clock()]
        var limit = rlimit()
        let wanted = settings.server.maximumConnections + 256
        if getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < UInt(wanted) {
            findings.append(
                Finding(
                    "open files", .remark, "\(limit.rlim_cur) allowed, \(wanted) wanted for all connections",
                    advice: "'ulimit -n \(wanted)' (LimitNOFILE in systemd), or lower PRUNELLE_HTTP_MAX_CONNECTIONS"))
        }
        return findings
    }
}
