/// What became of a unit, before anyone is told.
private typealias Outcome = Result<[SQLResult], StorageError>

extension SQLiteConnection {
    /// Runs units under one commit and tells each what became of it.
    ///
    /// A unit that fails is undone alone. Where SQLite can only undo everything, as after a full disk or a reference
    /// found missing at the commit, each unit is run again under a commit of its own, so that none pays for another.
    func commit(_ units: [SQLWriteUnit]) {
        guard let units = beginTogether(units) else { return }
        var outcomes: [Outcome] = []
        for unit in units {
            outcomes.append(run(unit, alone: units.count == 1))
            // The unit took the whole transaction with it.
            guard isInTransaction else { return recover(units, from: outcomes) }
        }
        if units.count == 1, case .failure = outcomes[0] {
            rollBack()
        } else {
            do {
                try control("COMMIT")
            } catch {
                rollBack()
                return recover(units, from: Array(repeating: .failure(error), count: units.count))
            }
        }
        for (unit, outcome) in zip(units, outcomes) { unit.finish(outcome) }
    }

    /// Undoes the open transaction, if SQLite has not done so.
    func rollBack() {
        guard isInTransaction else { return }
        // It fails only where there is nothing to roll back, or when the disk does, and then the log is never read.
        _ = try? control("ROLLBACK")
    }

    /// Begins a transaction, waiting for other processes while any unit still has time.
    ///
    /// - Returns: the units that had time left, or nil if none had or all were told of an error.
    private func beginTogether(_ units: [SQLWriteUnit]) -> [SQLWriteUnit]? {
        var units = units
        while true {
            let now = ContinuousClock.now
            for unit in units where unit.deadline <= now { unit.finish(.failure(.timeout(detail: "the write lock"))) }
            units.removeAll { $0.deadline <= now }
            guard let earliest = units.map(\.deadline).min() else { return nil }
            do {
                try beginWriting(until: earliest)
                return units
            } catch .busy {
                continue
            } catch {
                for unit in units { unit.finish(.failure(error)) }
                return nil
            }
        }
    }

    /// Begins a transaction that holds the write lock from the start.
    func beginWriting(until deadline: ContinuousClock.Instant) throws(StorageError) {
        limit(until: nil, locksUntil: deadline)
        try control("BEGIN IMMEDIATE")
    }

    private func run(_ unit: SQLWriteUnit, alone: Bool) -> Outcome {
        do throws(StorageError) {
            if !alone { try control("SAVEPOINT unit") }
            limit(until: unit.deadline, locksUntil: unit.deadline)
            defer { removeLimits() }
            var results: [SQLResult] = []
            for statement in unit.statements { results.append(try run(statement)) }
            removeLimits()
            if !alone { try control("RELEASE unit") }
            return .success(results)
        } catch {
            if !alone, isInTransaction { undoSavepoint() }
            return .failure(error)
        }
    }

    /// Lets the driver's own statements finish, whatever the time.
    private func removeLimits() { limit(until: nil, locksUntil: nil) }

    private func undoSavepoint() {
        do {
            try control("ROLLBACK TO unit")
            try control("RELEASE unit")
        } catch {
            // What the unit did must not be committed with the others: give everything up, they are run again.
            rollBack()
        }
    }

    /// Runs the units of a lost transaction again one by one; a single one has nobody to blame and gets its error.
    private func recover(_ units: [SQLWriteUnit], from outcomes: [Outcome]) {
        if units.count == 1 {
            units[0].finish(outcomes[0])
        } else {
            for unit in units { commit([unit]) }
        }
    }
}
