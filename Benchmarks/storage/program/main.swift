// Run by `Benchmarks/storage/run` and `run_objects`: counts what concurrent clients get done.
let arguments = Array(CommandLine.arguments.dropFirst())
if arguments.first == "cache" {
    await CacheBenchmark.main(Array(arguments.dropFirst()))
} else if arguments.first?.hasPrefix("s3://") == true {
    await ObjectBenchmark.main(arguments)
} else {
    await InsertBenchmark.main(arguments)
}
