import Foundation

exit(Trainer.run(arguments: Array(CommandLine.arguments.dropFirst())).rawValue)
