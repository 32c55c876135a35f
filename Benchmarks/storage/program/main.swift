// Run by `Benchmarks/storage/run`: counts what concurrent clients get acknowledged.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "cache" {
    await CacheBenchmark.main(Array(arguments.dropFirst()))
} else {
    await InsertBenchmark.main(arguments)
}
