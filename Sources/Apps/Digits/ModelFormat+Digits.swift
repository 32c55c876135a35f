import ModelFiles
import Registry

extension ModelVersion {
    /// The format in the words of the API, where it has one.
    var digitsFormat: String {
        switch ModelFormat(rawValue: format) {
        case .kerasH5: "h5"
        case .scikitLearn: "pickle"
        default: format
        }
    }
}
