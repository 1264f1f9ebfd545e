import Foundation
import Operations

exit(PerisaiCommand.start(Array(CommandLine.arguments.dropFirst())))
