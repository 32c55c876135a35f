import Glibc

/// Units that share a commit, sent in one go: `BEGIN`, everything, `COMMIT`, one round trip.
///
/// Where one is refused all are undone, and done again without it: those before it together, it alone, those behind it
/// together. So none pays for another, each has its own result, and every statement runs twice at most, unless it loses
/// a race against other transactions. Used by the thread of the connection only.
final class PostgreSQLGroup {
    /// What waits for the lock of another transaction for too long, or lost a race against one, is handed on with what
    /// is left of its time.
    typealias Detour = (SQLWriteUnit) -> Void

    /// A unit whose statements have been checked.
    private struct Member {
        let unit: SQLWriteUnit
        let commands: [PostgreSQLConnection.Command]
        var attempts = 0
        var lostRaces = 0
    }

    /// What became of one attempt.
    private enum Outcome {
        case kept([[SQLResult]])
        /// By the statement of a member; nil if by the transaction as a whole, as at its commit.
        case refused(Int?, PostgreSQLComplaint)
        case lost(isUndone: Bool, detail: String)
        /// Everyone has been told.
        case overdue
    }

    /// How often units are tried after plans that no longer fit, or connections closed by the server.
    private static let mostAttempts = 4

    private let connection: PostgreSQLConnection
    private let detour: Detour?

    init(_ connection: PostgreSQLConnection, detour: Detour?) {
        self.connection = connection
        self.detour = detour
    }

    /// Does all units and tells each what became of it.
    ///
    /// - Returns: units to be done again by another connection, since this one was closed before they were kept.
    func commit(_ units: [SQLWriteUnit]) -> [SQLWriteUnit] {
        var members: [Member] = []
        for unit in units {
            do throws(StorageError) {
                var commands: [PostgreSQLConnection.Command] = []
                for statement in unit.statements { commands.append(try connection.command(statement)) }
                members.append(Member(unit: unit, commands: commands))
            } catch {
                unit.finish(.failure(error))
            }
        }
        return commit(members[...]).map(\.unit)
    }

    private func commit(_ members: ArraySlice<Member>) -> [Member] {
        var members = members
        while !members.isEmpty {
            members = dropOverdue(members)
            guard !members.isEmpty else { return [] }
            guard connection.isUsable else { return Array(members) }
            switch attempt(Array(members)) {
            case .kept(let results):
                for (member, result) in zip(members, results) { member.unit.finish(.success(result)) }
                return []
            case .overdue: return []
            case .lost(isUndone: true, let detail):
                return again(members, .unavailable(detail: detail))
            case .lost(isUndone: false, let detail):
                for member in members { member.unit.finish(.failure(.uncertain(detail: detail))) }
                return []
            case .refused(let index, let complaint):
                if complaint.isStalePlan { connection.forgetStatements(after: complaint) }
                if members.count > 1 {
                    // The index counts from 0, the slice does not.
                    members = split(members, at: index.map { members.startIndex + $0 }, complaint)
                } else if complaint.isContention, let detour {
                    detour(members[members.startIndex].unit)
                    return []
                } else if complaint.isLostRace {
                    guard pauseAfterRace(&members[members.startIndex], complaint.storageError()) else { return [] }
                } else if complaint.isStalePlan {
                    members = again(members, complaint.storageError())[...]
                } else {
                    members[members.startIndex].unit.finish(.failure(complaint.storageError()))
                    return []
                }
            }
        }
        return []
    }

    /// Does what comes before the refused unit, and the unit; all one by one where none is to blame.
    ///
    /// - Returns: what is still to be done.
    private func split(_ members: ArraySlice<Member>, at index: Int?, _ complaint: PostgreSQLComplaint)
        -> ArraySlice<Member>
    {
        guard let index else {
            var left: [Member] = []
            for member in members { left += commit([member]) }
            return left[...]
        }
        var left = commit(members[..<index])
        if complaint.isContention, let detour {
            detour(members[index].unit)
        } else {
            left += commit([members[index]])
        }
        return left[...] + members[(index + 1)...]
    }

    /// The members that may be tried once more; the others are told.
    private func again(_ members: ArraySlice<Member>, _ error: StorageError) -> [Member] {
        members.compactMap { member in
            var member = member
            member.attempts += 1
            guard member.attempts < Self.mostAttempts else {
                member.unit.finish(.failure(error))
                return nil
            }
            return member
        }
    }

    /// Gives whoever won the race a moment to get on.
    ///
    /// Whenever one loses another wins, so however many meet, trying until the time is up gets all through.
    ///
    /// - Returns: false, and the member is told, where its time would be over by then.
    private func pauseAfterRace(_ member: inout Member, _ error: StorageError) -> Bool {
        member.lostRaces += 1
        let pause = PostgreSQLConfiguration.pause(afterLosing: member.lostRaces)
        guard .now + pause < member.unit.deadline else {
            member.unit.finish(.failure(error))
            return false
        }
        usleep(UInt32(pause / .microseconds(1)))
        return true
    }

    private func dropOverdue(_ members: ArraySlice<Member>) -> ArraySlice<Member> {
        let now = ContinuousClock.now
        return members.filter { member in
            guard member.unit.deadline <= now else { return true }
            member.unit.finish(.failure(.timeout(detail: "before the unit began")))
            return false
        }[...]
    }
}

// MARK: One attempt

extension PostgreSQLGroup {
    /// Which units still wait for an answer.
    private struct Waiting {
        private let units: [SQLWriteUnit]
        private(set) var told: Set<Int> = []
        /// The next moment at which one has to be told that its time is up; nil when all have been.
        private(set) var earliest: ContinuousClock.Instant?

        init(_ members: [Member]) {
            units = members.map(\.unit)
            earliest = units.map(\.deadline).min()
        }

        mutating func tellOverdue() {
            let now = ContinuousClock.now
            for (index, unit) in units.enumerated() where unit.deadline <= now && told.insert(index).inserted {
                unit.finish(.failure(.uncertain(detail: "no answer to the commit in time")))
            }
            earliest = units.indices.filter { !told.contains($0) }.map { units[$0].deadline }.min()
        }

        /// Tells those that nobody has told.
        mutating func tellOthers(_ result: (Int) -> Result<[SQLResult], StorageError>) {
            for (index, unit) in units.enumerated() where told.insert(index).inserted { unit.finish(result(index)) }
        }
    }

    private func attempt(_ members: [Member]) -> Outcome {
        var waiting = Waiting(members)
        let outcome: Outcome
        do throws(PostgreSQLFailure) {
            try connection.send("BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE")
            for member in members {
                for command in member.commands { try connection.send(command) }
            }
            try connection.send("COMMIT")
            try connection.sync()
            outcome = try read(members, &waiting)
            endSegment(until: .now + .seconds(1))
        } catch {
            switch error {
            case .refused(let complaint): outcome = .refused(nil, complaint)
            case .overdue: outcome = .overdue
            case .lost(let isUndone, let detail): outcome = .lost(isUndone: isUndone, detail: detail)
            }
        }
        guard !waiting.told.isEmpty else { return outcome }
        // Some were told already that their end is not known, so the group cannot be done again.
        waiting.tellOthers { index in
            switch outcome {
            case .kept(let results): .success(results[index])
            case .refused(_, let complaint): .failure(complaint.storageError())
            case .lost(isUndone: true, let detail): .failure(.unavailable(detail: detail))
            case .lost(isUndone: false, let detail): .failure(.uncertain(detail: detail))
            case .overdue: .failure(.uncertain())
            }
        }
        return .overdue
    }

    /// Reads the answers to everything that was sent but the end of the segment.
    private func read(_ members: [Member], _ waiting: inout Waiting) throws(PostgreSQLFailure) -> Outcome {
        var refusal: (index: Int?, complaint: PostgreSQLComplaint)?
        var results: [[SQLResult]] = []
        if case .refused(let complaint) = try next(&waiting) { refusal = (nil, complaint.ofBeginning) }
        for (index, member) in members.enumerated() {
            var own: [SQLResult] = []
            for _ in member.commands {
                switch try next(&waiting) {
                case .result(let result, _, _): own.append(result)
                case .refused(let complaint): refusal = refusal ?? (index, complaint)
                case .skipped, .synced: break
                }
            }
            results.append(own)
        }
        switch try next(&waiting) {
        case .result(_, _, tag: "COMMIT"): return .kept(results)
        case .refused(let complaint): refusal = refusal ?? (nil, complaint)
        case .result, .skipped, .synced: break
        }
        guard let refusal else {
            return .refused(nil, PostgreSQLComplaint(state: "25000", message: "the commit was not done"))
        }
        return .refused(refusal.index, refusal.complaint)
    }

    /// The next answer. Units whose time is up meanwhile are told; once all are, it is no longer waited for.
    private func next(_ waiting: inout Waiting) throws(PostgreSQLFailure) -> PostgreSQLConnection.Reply {
        while let earliest = waiting.earliest {
            do throws(PostgreSQLFailure) {
                return try connection.reply(until: earliest)
            } catch {
                guard case .overdue = error else { throw error }
                waiting.tellOverdue()
            }
        }
        connection.abandon()
        throw .overdue
    }

    /// Reads the end of the segment and ends a failed transaction, or the connection if that takes long.
    private func endSegment(until deadline: ContinuousClock.Instant) {
        do throws(PostgreSQLFailure) {
            _ = try connection.reply(until: deadline)
            try connection.rollBackIfNeeded(until: deadline)
        } catch {
            connection.abandon()
        }
    }
}
