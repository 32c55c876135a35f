/// An order in which the calls of a network's layers can run.
struct KerasSchedule {
    /// Position of the layer in the network, and which of its calls.
    private(set) var calls: [(layer: Int, call: Int)] = []

    /// - Throws: `ModelFileError` where a call reads what nothing computes, or the calls form a circle.
    init(_ network: KerasNetwork) throws(ModelFileError) {
        let given = Set(network.inputs.map(\.layer))
        var readers: [Producer: [(layer: Int, call: Int)]] = [:]
        var missing: [[Int]] = network.layers.map { Array(repeating: 0, count: $0.calls.count) }
        var ready: [(layer: Int, call: Int)] = []
        var total = 0
        for (index, layer) in network.layers.enumerated() where !given.contains(layer.name) {
            total += layer.calls.count
            for (call, references) in layer.calls.enumerated() {
                let producers = Set(references.map(Producer.init)).filter { !given.contains($0.layer) }
                missing[index][call] = producers.count
                for producer in producers { readers[producer, default: []].append((index, call)) }
                if producers.isEmpty { ready.append((index, call)) }
            }
        }
        var next = 0
        while next < ready.count {
            let (index, call) = ready[next]
            next += 1
            for (reader, readerCall) in readers[Producer(layer: network.layers[index].name, call: call)] ?? [] {
                missing[reader][readerCall] -= 1
                if missing[reader][readerCall] == 0 { ready.append((reader, readerCall)) }
            }
        }
        guard ready.count == total else {
            let layer = network.layers.enumerated().first { missing[$0.offset].contains { $0 > 0 } }?.element
            throw ModelFileError(
                .damaged, "layer '\(layer?.name ?? "")' reads a value that nothing computes before it")
        }
        calls = ready
    }

    private struct Producer: Hashable {
        let layer: String
        let call: Int

        init(layer: String, call: Int) {
            self.layer = layer
            self.call = call
        }

        init(_ reference: KerasReference) {
            self.init(layer: reference.layer, call: reference.call)
        }
    }
}
