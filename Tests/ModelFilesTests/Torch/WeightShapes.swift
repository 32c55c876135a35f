import Tensors

@testable import ModelFiles

/// Weights of given names and shapes, all zero.
struct WeightShapes: ExpressibleByDictionaryLiteral {
    var shapes: [(name: String, shape: [Int])] = []

    init() {}

    init(dictionaryLiteral elements: (String, [Int])...) { shapes = elements.map { ($0, $1) } }

    /// The weights as a file would give them.
    var weights: NamedWeights {
        NamedWeights(
            shapes.map { name, shape in
                NamedWeights.Weight(
                    name: name, shape: shape, isFloatingPoint: !name.hasSuffix("num_batches_tracked"),
                    read: { Tensor(zeros: shape) })
            })
    }

    mutating func add(_ name: String, _ shape: [Int]) { shapes.append((name, shape)) }

    mutating func addNorm(_ name: String, _ width: Int) {
        for part in ["weight", "bias", "running_mean", "running_var"] { add("\(name).\(part)", [width]) }
        add(name + ".num_batches_tracked", [])
    }

    mutating func addLinear(_ name: String, _ from: Int, _ to: Int) {
        add(name + ".weight", [to, from])
        add(name + ".bias", [to])
    }

    mutating func addConvolution(_ name: String, _ from: Int, _ to: Int, _ kernel: Int) {
        add(name + ".weight", [to, from, kernel, kernel])
        add(name + ".bias", [to])
    }

    /// The same weights with something before their names.
    func prefixed(_ prefix: String) -> WeightShapes {
        var result = WeightShapes()
        for (name, shape) in shapes { result.add(prefix + name, shape) }
        return result
    }

    /// The same weights without some.
    func without(_ name: String) -> WeightShapes {
        var result = self
        result.shapes.removeAll { $0.name == name }
        return result
    }

    /// The same weights, one of another shape.
    func changing(_ name: String, to shape: [Int]) -> WeightShapes {
        var result = self
        for index in result.shapes.indices where result.shapes[index].name == name {
            result.shapes[index].shape = shape
        }
        return result
    }

    /// The same weights and others.
    func with(_ others: WeightShapes) -> WeightShapes {
        var result = self
        result.shapes += others.shapes
        return result
    }

    /// The weights of torchvision's ResNet-18.
    static let resnet18: WeightShapes = {
        var shapes = WeightShapes()
        shapes.add("conv1.weight", [64, 3, 7, 7])
        shapes.addNorm("bn1", 64)
        for (layer, width) in [64, 128, 256, 512].enumerated() {
            for block in 0...1 {
                let name = "layer\(layer + 1).\(block)"
                let from = block == 0 && layer > 0 ? width / 2 : width
                shapes.add(name + ".conv1.weight", [width, from, 3, 3])
                shapes.addNorm(name + ".bn1", width)
                shapes.add(name + ".conv2.weight", [width, width, 3, 3])
                shapes.addNorm(name + ".bn2", width)
                guard from != width else { continue }
                shapes.add(name + ".downsample.0.weight", [width, from, 1, 1])
                shapes.addNorm(name + ".downsample.1", width)
            }
        }
        shapes.addLinear("fc", 512, 5)
        return shapes
    }()

    /// Linear layers `fc1`, `fc2`, … of given widths.
    static func perceptron(_ widths: [Int], name: (Int) -> String = { "fc\($0 + 1)" }) -> WeightShapes {
        var shapes = WeightShapes()
        for (index, (from, to)) in zip(widths, widths.dropFirst()).enumerated() {
            shapes.addLinear(name(index), from, to)
        }
        return shapes
    }

    /// Convolutions `conv1`, … and linear layers `fc1`, ….
    static func stack(channels: [Int], kernel: Int, widths: [Int]) -> WeightShapes {
        var shapes = WeightShapes()
        for (index, (from, to)) in zip(channels, channels.dropFirst()).enumerated() {
            shapes.addConvolution("conv\(index + 1)", from, to, kernel)
        }
        return shapes.with(perceptron(widths))
    }
}
