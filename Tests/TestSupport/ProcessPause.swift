import Foundation

/// Processes that stand still and can go on, as on a machine that is stuck.
enum ProcessPause {
    /// Stops processes and waits until all their threads stand still: the signal alone only asks for it.
    static func begin(_ processes: [pid_t]) {
        for process in processes { kill(process, SIGSTOP) }
        let end = ContinuousClock.now + .seconds(30)
        while !processes.allSatisfy(standsStill), .now < end { usleep(1_000) }
    }

    /// Lets them go on.
    static func end(_ processes: [pid_t]) {
        for process in processes { kill(process, SIGCONT) }
    }

    private static func standsStill(_ process: pid_t) -> Bool {
        let tasks = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/\(process)/task")) ?? []
        return tasks.allSatisfy { task in
            // The state stands behind the name, which is in brackets and may hold any character.
            let stat = try? String(contentsOfFile: "/proc/\(process)/task/\(task)/stat", encoding: .utf8)
            let state = stat?.split(separator: ")").last?.drop { $0 == " " }.first
            return state.map { "TtZX".contains($0) } ?? true
        }
    }
}
