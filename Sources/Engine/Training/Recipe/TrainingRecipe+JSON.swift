public import JSON

/// Everything that is wrong with a recipe.
public struct RecipeError: Error, Equatable, CustomStringConvertible {
    /// One line for each problem, starting with the field's path.
    public let problems: [String]

    public var description: String {
        "the recipe cannot be used: " + problems.joined(separator: "; ")
    }
}

extension TrainingRecipe: JSONRepresentable {
    /// The recipe with every field written out.
    public var json: JSONValue {
        var network = network.json.objectValue ?? JSONObject()
        network["blocks"] = .array(self.network.blocks.map(\.json))
        var members = JSONObject([
            ("name", .string(name)), ("seed", .integer(seed)), ("epochs", .integer(epochs)),
            ("batchSize", .integer(batchSize)), ("input", input.json), ("network", .object(network)),
            ("optimizer", optimizer.json), ("validation", validation.json), ("augmentation", augmentation.json),
        ])
        members["drawing"] = drawing?.json
        return .object(members)
    }

    /// Reads a recipe.
    ///
    /// - Throws: `RecipeError` with all problems: fields of the wrong kind or out of bounds, unknown fields, and a
    ///   network that does not fit the size of the pictures.
    public init(_ json: JSONValue) throws(RecipeError) {
        self.init()
        guard let members = json.objectValue else { throw RecipeError(problems: ["a JSON object is expected"]) }
        var problems: [String] = []
        for (name, value) in members { read(name, value, problems: &problems) }
        guard problems.isEmpty else { throw RecipeError(problems: problems) }
        try validate()
    }

    private mutating func read(_ name: String, _ value: JSONValue, problems: inout [String]) {
        func integer(_ field: WritableKeyPath<Self, Int>) {
            if let number = value.intValue {
                self[keyPath: field] = number
            } else {
                problems.append("\(name) must be a whole number")
            }
        }
        switch name {
        case "name":
            if let text = value.stringValue { self.name = text } else { problems.append("name must be a text") }
        case "seed": integer(\.seed)
        case "epochs": integer(\.epochs)
        case "batchSize": integer(\.batchSize)
        case "input": input = InputRecipe.read(value, at: "input.", problems: &problems)
        case "network": network = Self.network(value, problems: &problems)
        case "optimizer": optimizer = OptimizerRecipe.read(value, at: "optimizer.", problems: &problems)
        case "validation": validation = ValidationRecipe.read(value, at: "validation.", problems: &problems)
        case "augmentation": augmentation = AugmentationRecipe.read(value, at: "augmentation.", problems: &problems)
        case "drawing":
            drawing = value.isNull ? nil : DrawingRecipe.read(value, at: "drawing.", problems: &problems)
        default:
            problems.append(
                "\(name) is unknown; known are name, seed, epochs, batchSize, input, network, optimizer, "
                    + "validation, augmentation, drawing")
        }
    }

    private static func network(_ json: JSONValue, problems: inout [String]) -> NetworkRecipe {
        guard var members = json.objectValue, let blocks = members["blocks"] else {
            return NetworkRecipe.read(json, at: "network.", problems: &problems)
        }
        members["blocks"] = nil
        var network = NetworkRecipe.read(.object(members), at: "network.", problems: &problems)
        guard let list = blocks.arrayValue else {
            problems.append("network.blocks must be a list")
            return network
        }
        network.blocks = list.enumerated().map { index, block in
            BlockRecipe.read(block, at: "network.blocks[\(index)].", problems: &problems)
        }
        return network
    }

    /// Checks the values of all fields together.
    ///
    /// - Throws: `RecipeError` with all problems.
    public func validate() throws(RecipeError) {
        var problems: [String] = []
        func check(_ isFine: Bool, _ problem: @autoclosure () -> String) { if !isFine { problems.append(problem()) } }
        check(!name.isEmpty && name.utf8.count <= 100, "name must have from 1 to 100 bytes, has \(name.utf8.count)")
        check((1...10_000).contains(epochs), "epochs must be from 1 to 10000, is \(epochs)")
        check((1...4096).contains(batchSize), "batchSize must be from 1 to 4096, is \(batchSize)")
        problems += input.problems(at: "input.") + network.problems(at: "network.")
        for (index, block) in network.blocks.enumerated() {
            problems += block.problems(at: "network.blocks[\(index)].")
            check(!block.kernel.isMultiple(of: 2), "network.blocks[\(index)].kernel must be odd, is \(block.kernel)")
        }
        problems += optimizer.problems(at: "optimizer.") + validation.problems(at: "validation.")
        problems += augmentation.problems(at: "augmentation.")
        check(input.channels != 2, "input.channels must be 1 or 3, is 2")
        check((1...32).contains(network.blocks.count), "network.blocks must have from 1 to 32 entries")
        if let drawing { problems += drawingProblems(drawing) }
        if problems.isEmpty, let problem = NetworkPlan(recipe: self, classes: 2).problem { problems.append(problem) }
        guard problems.isEmpty else { throw RecipeError(problems: problems) }
    }

    private func drawingProblems(_ drawing: DrawingRecipe) -> [String] {
        var problems = drawing.problems(at: "drawing.")
        if drawing.untouched + drawing.redrawn > 1 {
            problems.append("drawing.untouched and drawing.redrawn together must be at most 1")
        }
        if drawing.thinnestPen > drawing.thickestPen {
            problems.append("drawing.thinnestPen must be at most drawing.thickestPen")
        }
        if input.width != 28 || input.height != 28 || input.channels != 1 {
            problems.append("drawing needs an input of 28 x 28 pixels and 1 channel")
        }
        return problems
    }
}
