// Run by `Benchmarks/storage/run`: counts acknowledged inserts of concurrent clients.
await InsertBenchmark.main(Array(CommandLine.arguments.dropFirst()))
