import Foundation
import JSON
import Testing
import Training

@Suite("Training recipes")
struct RecipeTests {
    @Test("a recipe survives being written and read")
    func roundTrip() throws {
        var recipe = SamplePictures.barsRecipe()
        recipe.optimizer.schedule = .constant
        recipe.augmentation.flip = true
        #expect(try TrainingRecipe(JSONValue(parsing: recipe.json.bytes())) == recipe)
        #expect(try TrainingRecipe([:]) == TrainingRecipe())
    }

    @Test("the recipe of the starter model is valid and leaves no field to a default")
    func starterRecipe() throws {
        let file = StarterModel.folder.appending(path: "recipe.json")
        let json = try JSONValue(parsing: Data(contentsOf: file))
        let recipe = try TrainingRecipe(json)
        #expect(recipe.drawing != nil)
        #expect(recipe.name == "digits")
    }

    @Test("the recipe of the cats and dogs network has its layers")
    func petsRecipe() throws {
        let file = StarterModel.repository.appending(path: "Models/pets/recipe-cnn.json")
        let recipe = try TrainingRecipe(JSONValue(parsing: Data(contentsOf: file)))
        let plan = NetworkPlan(recipe: recipe, classes: 2)
        #expect(plan.parameters == 93_377)
        #expect(plan.scores == 1)
        #expect((recipe.input.width, recipe.input.reading, recipe.input.values) == (128, .tensorflow, .bytes))
        #expect(recipe.input.requiresJFIF)
        #expect((recipe.batchSize, recipe.epochs, recipe.validation.patience) == (64, 3, 3))
        #expect(recipe.validation.fraction == 0.2)
    }

    static let faults: [(json: String, problem: String)] = [
        (#"[]"#, "a JSON object is expected"),
        (#"{"epoch": 3}"#, "epoch is unknown"),
        (#"{"epochs": 0}"#, "epochs must be from 1 to 10000, is 0"),
        (#"{"epochs": 1.5}"#, "epochs must be a whole number"),
        (#"{"batchSize": 5000}"#, "batchSize must be from 1 to 4096, is 5000"),
        (#"{"name": ""}"#, "name must have from 1 to 100 bytes, has 0"),
        (#"{"input": {"channels": 2}}"#, "input.channels must be 1 or 3, is 2"),
        (#"{"input": {"width": 1}}"#, "input.width must be from 4 to 512, is 1"),
        (#"{"input": 3}"#, "input must be an object"),
        (#"{"network": {"head": "middle"}}"#, "network.head must be one of flatten, average"),
        (#"{"network": {"blocks": []}}"#, "network.blocks must have from 1 to 32 entries"),
        (#"{"network": {"blocks": {}}}"#, "network.blocks must be a list"),
        (#"{"network": {"blocks": [{"width": 8, "kernel": 4}]}}"#, "network.blocks[0].kernel must be odd, is 4"),
        (#"{"network": {"blocks": [{"depth": 8}]}}"#, "network.blocks[0].depth is unknown"),
        (#"{"optimizer": {"learningRate": -1}}"#, "optimizer.learningRate must be from 1e-07 to 1.0, is -1.0"),
        (#"{"optimizer": {"learningRate": null}}"#, "optimizer.learningRate must be a number"),
        (#"{"augmentation": {"flip": 1}}"#, "augmentation.flip must be true or false"),
        (#"{"validation": {"fraction": 0.9}}"#, "validation.fraction must be from 0.01 to 0.5, is 0.9"),
        (#"{"network": {"output": "odds"}}"#, "network.output must be one of softmax, sigmoid"),
        (
            #"{"input": {"width": 8, "height": 8}, "network": {"blocks": [{"kernel": 9, "padding": "valid"}]}}"#,
            "network.blocks[0] leaves nothing of the picture"
        ),
        (#"{"drawing": {}}"#, "drawing needs an input of 28 x 28 pixels and 1 channel"),
        (
            #"{"input": {"width": 8, "height": 8}, "network": {"blocks": [{"pool": 4}, {"pool": 4}]}}"#,
            "network.blocks[1] leaves nothing of the picture"
        ),
    ]

    @Test("each fault is told with the field's path", arguments: faults)
    func fault(json: String, problem: String) throws {
        let error = try #require(throws: RecipeError.self) { try TrainingRecipe(JSONValue(parsing: json)) }
        #expect(error.problems.contains { $0.hasPrefix(problem) }, "\(error)")
    }

    @Test("all faults are told at once")
    func allFaults() throws {
        let json = try JSONValue(parsing: #"{"epochs": 0, "batchSize": 0, "optimizer": {"weightDecay": 7}}"#)
        let error = try #require(throws: RecipeError.self) { try TrainingRecipe(json) }
        #expect(error.problems.count == 3)
    }

    @Test("the learning rate warms up, peaks once and falls to nothing")
    func schedule() {
        var optimizer = OptimizerRecipe()
        (optimizer.learningRate, optimizer.warmUp) = (0.5, 0.1)
        let rates = (0..<100).map { optimizer.learningRate(step: $0, of: 100) }
        #expect(rates[0] == 0.05)
        #expect(rates[9] == 0.5)
        #expect(rates[10] == 0.5)
        #expect(zip(rates[10...], rates[11...]).allSatisfy { $0 > $1 })
        #expect(rates[99] < 0.001)
    }

    @Test("on a plateau the learning rate is halved after each epoch without improvement, down to its floor")
    func plateau() {
        var optimizer = OptimizerRecipe()
        (optimizer.schedule, optimizer.learningRate, optimizer.leastLearningRate) = (.plateau, 0.001, 0.0002)
        var plateau = PlateauSchedule()
        let parts = [0.7, 0.6, 0.59995, 0.5, 0.6, 0.55, 0.4, 0.4].map { loss in
            plateau.note(loss: loss, recipe: optimizer)
            return plateau.part
        }
        #expect(parts == [1, 1, 0.5, 0.5, 0.25, 0.2, 0.2, 0.2])
        #expect(PlateauSchedule(plateau.json) == plateau)
        optimizer.schedule = .constant
        var still = PlateauSchedule()
        for loss in [1.0, 2, 3] { still.note(loss: loss, recipe: optimizer) }
        #expect(still.part == 1)
    }
}
