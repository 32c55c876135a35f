// Started and killed by `CrashTests`: works on a store and prints a line for each thing that was acknowledged.
await StorageChild.main(Array(CommandLine.arguments.dropFirst()))
