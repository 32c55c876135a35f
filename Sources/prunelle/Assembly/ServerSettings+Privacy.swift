import Configuration
import Observability
import Privacy

extension ServerSettings {
    /// Reads how long records are kept and under which names.
    mutating func readPrivacy(_ reader: inout ConfigurationReader) {
        func days(_ key: String, _ fallback: Int, _ summary: String) -> Duration? {
            let days = reader.read(
                .integer(key, default: fallback, in: 0...36_500, unit: "days", summary + " 0 keeps them for ever."))
            return days == 0 ? nil : .days(days)
        }
        retention.inference = days(
            "PRUNELLE_RETENTION_INFERENCE_DAYS", 180,
            "How long records of predictions are kept; the server removes older ones once a day.")
        retention.feedback = days(
            "PRUNELLE_RETENTION_FEEDBACK_DAYS", 365, "How long feedback and corrections are kept.")
        retention.audit = days(
            "PRUNELLE_RETENTION_AUDIT_DAYS", 1095,
            "How long entries of the audit log are kept, and tokens in the list that are revoked or over.")
        retention.includesReplaced =
            reader.read(
                .choice(
                    "PRUNELLE_RETENTION_REPLACED", default: Switch.off,
                    "Whether these periods also go for the tables and files that a replaced backend had, which other "
                        + "programs may read: the drawings of digits, the feedback table and monitoring file of pets.")
            ) == .on
        hidesFileNames =
            reader.read(
                .choice(
                    "PRUNELLE_PSEUDONYMIZE_FILENAMES", default: Switch.off,
                    "Whether names of uploaded files are replaced by pseudonyms before they are kept. Names kept before "
                        + "stay.")
            ) == .on
        let secret = reader.read(
            .text(
                "PRUNELLE_PSEUDONYM_SECRET", default: "", allowed: "16 characters or more",
                "What pseudonyms depend on. Without it a key is made once and kept in the database; set it to keep the key "
                    + "apart from the data. With another secret earlier pseudonyms are not found again."))
        if !secret.isEmpty, secret.count < 16 {
            reader.note(
                ConfigurationProblem(
                    "PRUNELLE_PSEUDONYM_SECRET", "must have 16 characters or more, has \(secret.count)"))
        }
        pseudonymSecret = secret.isEmpty ? nil : Secret(secret)
    }
}
