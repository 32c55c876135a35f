// Run by `Benchmarks/feedback/run`: counts acknowledged feedbacks of concurrent clients, or times a report.
await FeedbackBenchmark.main(Array(CommandLine.arguments.dropFirst()))
