internal import Foundation

extension Metrics {
    /// Publishes memory, processor time, open files and the start of this process, read from `/proc` when asked for.
    public func publishProcess() {
        let started = Double(Timestamp.now.microseconds) / 1e6
        reading("process_start_time_seconds", help: "Start of the process, seconds since 1970.") { started }
        reading("process_resident_memory_bytes", help: "Resident memory in bytes.") {
            Double(Self.residentMemory())
        }
        reading(
            "process_cpu_seconds_total", help: "Processor time of user and system in seconds.", isCounter: true
        ) {
            var usage = rusage()
            getrusage(RUSAGE_SELF.rawValue, &usage)
            return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        }
        reading("process_open_fds", help: "Open file descriptors.") {
            Double((try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd"))?.count ?? 0)
        }
    }

    /// Resident memory of this process in bytes; 0 where `/proc` is not mounted.
    public static func residentMemory() -> Int {
        guard let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return 0 }
        let fields = text.split(separator: " ")
        return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
