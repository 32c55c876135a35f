// Started and killed by `RotatingFileCrashTests`: appends numbered lines to a file until it is killed.
LinesChild.main(Array(CommandLine.arguments.dropFirst()))
