/// Lets other tasks run until a condition holds; the time limit of the test ends it otherwise.
func until(_ condition: () throws -> Bool) async rethrows {
    while try !condition() { await Task.yield() }
}
