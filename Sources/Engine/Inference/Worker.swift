import Tensors

/// What one worker thread does: takes predictions from the queue, prepares their inputs and runs their models.
struct Worker: Sendable {
    /// Which of each model's requests this worker uses.
    let index: Int
    let queue: WorkQueue
    let batchDelay: Duration

    /// Works until the queue is stopped.
    func run() {
        while let item = queue.next() {
            let limit = item.model.batchLimit
            if limit > 1 {
                answer(queue.gather(item, maximum: limit, delay: batchDelay))
            } else {
                answerAlone(item)
            }
        }
    }

    private func answerAlone(_ item: WorkItem) {
        guard let inputs = prepare(item) else { return }
        item.finish(Result { try item.model.run([inputs], on: index)[0] })
    }

    /// Answers items of one model, together as far as their shapes agree.
    private func answer(_ items: [WorkItem]) {
        var groups: [(items: [WorkItem], inputs: [[Tensor]])] = []
        for item in items {
            // One item that cannot be prepared fails alone.
            guard let inputs = prepare(item) else { continue }
            if let group = groups.firstIndex(where: { Self.canStack($0.inputs[0], inputs) }) {
                groups[group].items.append(item)
                groups[group].inputs.append(inputs)
            } else {
                groups.append(([item], [inputs]))
            }
        }
        for group in groups { answer(group.items, inputs: group.inputs) }
    }

    private func answer(_ items: [WorkItem], inputs: [[Tensor]]) {
        if items.count > 1, let outputs = try? items[0].model.run(inputs, on: index) {
            for (item, output) in zip(items, outputs) { item.finish(.success(output)) }
            return
        }
        // Alone, or the batch as a whole failed: each gets its own result or its own error.
        for (item, input) in zip(items, inputs) {
            item.finish(Result { try item.model.run([input], on: index)[0] })
        }
    }

    /// The checked inputs; nil when the item has been answered with an error or nobody waits for it.
    private func prepare(_ item: WorkItem) -> [Tensor]? {
        if item.isFinished { return nil }
        do {
            let inputs = try item.prepare()
            try item.model.check(inputs)
            // Preparing may have taken long.
            return item.isFinished ? nil : inputs
        } catch {
            item.finish(.failure(error))
            return nil
        }
    }

    private static func canStack(_ one: [Tensor], _ other: [Tensor]) -> Bool {
        zip(one, other).allSatisfy { $0.shape.dropFirst() == $1.shape.dropFirst() }
            && other.allSatisfy { $0.shape.first == other[0].shape.first }
            && one.allSatisfy { $0.shape.first == one[0].shape.first }
    }
}
