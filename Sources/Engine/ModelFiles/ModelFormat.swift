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
