/// The formats of model files that are read, told apart by their content, never by their name.
public enum ModelFormat: String, Sendable, CaseIterable {
    /// The interchange format of the engine.
    case onnx
    /// An HDF5 file as Keras has written it since its first versions (`.h5`, `.hdf5`).
    case kerasH5 = "keras-h5"
    /// The archive of Keras 3 and of the last Keras 2 versions (`.keras`).
    case keras
    /// Weights, a checkpoint or a whole module saved by PyTorch (`.pt`, `.pth`, `.ckpt`, `.bin`), or TorchScript.
    case pytorch
    /// Named weights without anything else (`.safetensors`).
    case safetensors
    /// A scikit-learn estimator in a pickle, joblib's included (`.pkl`, `.joblib`).
    case scikitLearn = "scikit-learn"
    /// TensorFlow Lite (`.tflite`).
    case tflite
    /// OpenVINO's own format: a description and its weights (`.xml` and `.bin`).
    case openVINO = "openvino"
}

extension ModelFormat {
    /// The format of a file by its first bytes; nil where they do not tell.
    public init?(startingWith start: some Collection<UInt8>) {
        let start = Array(start.prefix(16))
        if start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
            self = .kerasH5
        } else if start.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            self = .keras
        } else if start.dropFirst(4).starts(with: "TFL3".utf8) {
            self = .tflite
        } else if start.starts(with: OpenVINOPair.signature) {
            self = .openVINO
        } else if start.count >= 2, start[0] == 0x08, (1...32).contains(start[1]) {
            self = .onnx
        } else {
            return nil
        }
    }
}
