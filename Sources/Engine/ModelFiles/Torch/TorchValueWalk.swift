/// Looks at everything in a pickle once, whatever contains itself or is referred to again and again.
struct TorchValueWalk {
    /// References to storages.
    private(set) var storages: [PicklePersistent] = []
    /// Whole files inside the pickle, one for each storage, as `pickle.dump` writes tensors.
    private(set) var embedded: [PickleObject] = []
    private var seen: Set<ObjectIdentifier> = []

    /// - Parameter limit: values looked at before the pickle is refused.
    init(_ root: PickleValue, limit: Int) throws(ModelFileError) {
        var remaining = limit
        var waiting = [root]
        while let value = waiting.popLast() {
            remaining -= 1
            guard remaining >= 0 else {
                throw ModelFileError(.tooLarge, "the PyTorch file refers to too many values for its length")
            }
            switch value {
            case .persistent(let persistent): if isNew(persistent) { storages.append(persistent) }
            case .tuple(let elements), .set(let elements): waiting += elements
            case .list(let list): if isNew(list) { waiting += list.elements }
            case .dictionary(let dictionary): if isNew(dictionary) { waiting += dictionary.pairs.map(\.value) }
            case .object(let object): if isNew(object) { look(at: object, &waiting) }
            default: break
            }
        }
    }

    private mutating func look(at object: PickleObject, _ waiting: inout [PickleValue]) {
        if object.type == PickleGlobal(module: "torch.storage", name: "_load_from_bytes") {
            embedded.append(object)
            return
        }
        waiting += object.arguments + object.elements
        if let state = object.state { waiting.append(state) }
        if let items = object.ownItems { waiting.append(.dictionary(items)) }
    }

    private mutating func isNew(_ object: AnyObject) -> Bool { seen.insert(ObjectIdentifier(object)).inserted }
}
