import Foundation
import JSON
import Storage
import TestSupport
import Testing

/// Documents as the replaced backend writes and reads them, by PyMongo.
@Suite(
    "Data of the original in MongoDB", .enabled(if: MongoServer.isPossible, "\(MongoServer.reason)"),
    .timeLimit(.minutes(10)))
struct OriginalDataTests {
    private let server: MongoServer
    private let name = MongoServer.databaseName()
    private let folder: TemporaryFolder

    init() throws {
        server = try MongoServer.shared.get()
        folder = try TemporaryFolder()
    }

    /// Runs Python with `db`, `fs` and `args`.
    @discardableResult
    private func python(_ script: String, _ arguments: String...) async throws -> [String] {
        let whole = """
            import sys, json, datetime, gridfs, pymongo
            from bson import ObjectId, Binary
            db = pymongo.MongoClient("127.0.0.1", \(server.port))["\(name)"]
            fs = gridfs.GridFS(db)
            args = sys.argv[1:]

            \(script)
            """
        let server = server
        let text = try await blocking { [arguments] in
            try server.run(whole, arguments.first ?? "", arguments.dropFirst().first ?? "")
        }
        return text.split(separator: "\n").map(String.init)
    }

    private func start() async throws -> DigitsServer {
        var options = DigitsServer.Options()
        options.documents = try server.open(name)
        return try await DigitsServer(options)
    }

    /// What the original does on `POST /api/v1/models` with a file.
    private static let upload = """
        def upload(path, name, is_default, **extra):
            file_id = fs.put(open(path, "rb").read(), filename=name + ".h5", content_type="application/octet-stream")
            if is_default:
                db.models.update_many({}, {"$set": {"is_default": False}})
            doc = {"name": name, "algo": "cnn", "metrics": {"val_acc": 0.99, "epochs": 5}, "is_default": is_default,
                   "created_at": datetime.datetime.utcnow(), "gridfs_id": file_id, **extra}
            return db.models.insert_one(doc).inserted_id
        import warnings; warnings.simplefilter("ignore")

        """

    private func golden(_ name: String) throws -> String {
        try folder.write(try Picture.golden(name), to: name).path
    }

    @Test("the default model that the original uploaded is listed and answers")
    func defaultModel() async throws {
        let id = try await python(
            Self.upload + #"print(upload(args[0], "theirs", True, format="h5"))"#, try golden("strokes.h5"))[0]
        let server = try await start()
        let listed = try #require(try await server.get("/api/v1/models")[0])
        #expect(listed["id"]?.stringValue == id)
        #expect(listed["name"] == "theirs" && listed["algo"] == "cnn" && listed["format"] == "h5")
        #expect(listed["metrics"] == ["val_acc": 0.99, "epochs": 5])
        #expect(listed["is_default"] == true && listed["has_binary"] == true)
        for (picture, digit) in [(Picture.upright, 1), (Picture.level, 0)] {
            let answer = try await server.predict(picture)
            #expect(answer["digit"]?.intValue == digit && answer["using_model"] == true)
        }
        let details = try await server.get("/api/v1/models/\(id)")
        let hash = ContentHash(of: try Picture.golden("strokes.h5")).description
        #expect(details["file"]?["sha256"]?.stringValue == hash)
        #expect(details["file"]?["name"] == "theirs.h5")
        // The original's own members are as they were; ours lie beside them.
        let members = try await python("print(sorted(db.models.find_one()), sorted(db.fs.files.find_one()))")
        #expect(
            members == [
                "['_id', 'algo', 'created_at', 'format', 'gridfs_id', 'is_default', 'metrics', 'name', 'prunelle'] "
                    + "['_id', 'chunkSize', 'contentType', 'filename', 'length', 'metadata', 'uploadDate']"
            ])
    }

    @Test("a model without format, without file, or whose file is gone is listed as the original lists it")
    func poorModels() async throws {
        try await python(
            Self.upload + """
                upload(args[0], "no format", False)
                db.models.insert_one({"name": "no file", "algo": "a", "format": "keras", "metrics": "text",
                    "created_at": datetime.datetime(2025, 9, 3, 23, 24, 1, 215596)})
                gone = upload(args[0], "gone", False, format="h5")
                fs.delete(db.models.find_one({"_id": gone})["gridfs_id"])
                """, try golden("strokes.h5"))
        let server = try await start()
        let listed = try await server.get("/api/v1/models").arrayValue ?? []
        #expect(listed.map { $0["name"] } == ["gone", "no format", "no file"])
        #expect(listed.map { $0["has_binary"] } == [false, true, false])
        #expect(listed.map { $0["format"] } == ["h5", "pickle", "keras"])
        #expect(listed[2]["metrics"] == "text")
        #expect(listed[2]["created_at"] == "2025-09-03T23:24:01.215000")
        #expect(listed.allSatisfy { $0["is_default"] == false })
        let answer = try await server.predict(Picture.upright)
        #expect(answer["using_model"] == false && answer["digit"] == .null)
    }

    @Test("records of the original are listed, filtered and counted")
    func records() async throws {
        let ids = try await python(
            """
            rows = [(7, 0.99, True, None, None), (1, 0.5, False, 1, "68b8c1f0a1b2c3d4e5f60718"),
                    (4, 0.25, False, 9, {"any": [1, None]})]
            for number, (digit, proba, stub, truth, model) in enumerate(rows):
                doc = {"image_type": "png_base64", "image": "data:image/png;base64,AAAA" if stub else None,
                    "pred_digit": digit, "proba": proba, "latency_ms": 10 * number, "model_id": model, "stub": stub,
                    "created_at": datetime.datetime(2025, 9, 3, 23, 24, number, 215596)}
                if number: doc["ground_truth"] = truth
                print(db.drawings.insert_one(doc).inserted_id)
            """)
        let server = try await start()
        let listed = try await server.get("/api/v1/records").arrayValue ?? []
        #expect(listed.compactMap { $0["id"]?.stringValue } == ids.reversed())
        #expect(
            listed.last == [
                "id": .string(ids[0]), "pred_digit": 7, "proba": 0.99, "created_at": "2025-09-03T23:24:00.215000",
                "model_id": nil, "stub": true,
            ])
        #expect(listed.first?["model_id"] == ["any": [1, nil]])
        #expect(try await server.get("/api/v1/records?only=correct").arrayValue?.map { $0["pred_digit"] } == [1])
        #expect(try await server.get("/api/v1/records?only=wrong").arrayValue?.map { $0["pred_digit"] } == [4])
        #expect(
            try await server.get("/api/v1/metrics/overview") == [
                "total_records": 3,
                "predicted_distribution": [
                    ["digit": 1, "count": 1], ["digit": 4, "count": 1], ["digit": 7, "count": 1],
                ],
            ])
        let call = HTTPCall.json("PATCH", "/api/v1/records/\(ids[0])", #"{"ground_truth": 2}"#)
        #expect(try await server.json(call)["ground_truth"] == 2)
        #expect(try await python("print(db.drawings.count_documents({'ground_truth': 2}))") == ["1"])
    }

    @Test("what we write has the original's members and types")
    func written() async throws {
        let server = try await start()
        _ = try await server.predict(Picture.upright, modelID: 5)
        var form = Multipart(["name": "ours", "algo": "cnn", "metrics": #"{"acc": 0.5, "n": 3}"#, "is_default": "true"])
        form.add("file", file: "strokes.h5", try Picture.golden("strokes.h5"), type: "application/x-hdf5")
        let model = try await server.json(form.call("/api/v1/models"), status: 201)
        _ = try await server.predict(Picture.upright, modelID: "x")
        let lines = try await python(
            """
            import hashlib
            kinds = lambda d: " ".join(f"{k}:{type(v).__name__}" for k, v in d.items() if k != "prunelle")
            stub, used = db.drawings.find().sort("created_at", 1)
            print(kinds(stub)); print(kinds(used))
            print(stub["image"][:22], stub["image_type"], stub["stub"], used["stub"], used["pred_digit"], used["model_id"])
            model = db.models.find_one({"is_default": True})
            print(kinds(model)); print(kinds(model["metrics"]), model["format"], model["created_at"].tzinfo)
            file = fs.get(model["gridfs_id"])
            print(file.filename, file.content_type, hashlib.sha256(file.read()).hexdigest())
            print(model["_id"], (datetime.datetime.utcnow() - model["created_at"]).total_seconds() < 600)
            """)
        #expect(
            lines.first
                == "_id:ObjectId image_type:str image:str pred_digit:NoneType proba:float latency_ms:int "
                + "created_at:datetime model_id:int stub:bool ground_truth:NoneType")
        #expect(
            lines[1]
                == "_id:ObjectId image_type:str image:NoneType pred_digit:int proba:float latency_ms:int "
                + "created_at:datetime model_id:str stub:bool ground_truth:NoneType")
        #expect(lines[2] == "data:image/png;base64, png_base64 True False 1 x")
        #expect(
            lines[3]
                == "_id:ObjectId name:str algo:str format:str metrics:dict is_default:bool created_at:datetime "
                + "gridfs_id:ObjectId")
        #expect(lines[4] == "acc:float n:int h5 None")
        let hash = ContentHash(of: try Picture.golden("strokes.h5"))
        #expect(lines[5] == "strokes.h5 application/x-hdf5 \(hash)")
        #expect(lines[6] == "\(model["id"]?.stringValue ?? "") True")
    }

    @Test("a choice of the original counts at the next prediction, and one can go back to what was before it")
    func foreignChoice() async throws {
        let server = try await start()
        let three = try await server.addModel(SampleModels.always(3), isDefault: true)
        let theirs = try await python(
            Self.upload + #"print(upload(args[0], "theirs", True, format="h5"))"#, try golden("strokes.h5"))[0]
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
        #expect(try await server.defaultModel() == theirs)
        let eight = try await server.addModel(SampleModels.always(8), isDefault: true)
        #expect(try await python("print(db.models.count_documents({'is_default': True}))") == ["1"])
        let rollback = HTTPCall("POST", "/api/v1/models/rollback")
        #expect(try await server.json(rollback)["id"]?.stringValue == theirs)
        #expect(try await server.predict(Picture.upright)["digit"] == 1)
        #expect(try await server.json(rollback)["id"] == eight["id"])
        // Without the flag no model answers, as with the original.
        try await python("db.models.update_many({}, {'$set': {'is_default': False}})")
        #expect(try await server.predict(Picture.upright)["using_model"] == false)
        let call = HTTPCall("PATCH", "/api/v1/models/\(three["id"]?.stringValue ?? "")/default")
        #expect(try await server.json(call)["is_default"] == true)
        #expect(
            try await python("print(db.models.find_one({'is_default': True})['_id'])") == [three["id"]?.stringValue])
    }

    @Test("a drawing too large for a document is kept in GridFS")
    func largeDrawing() async throws {
        let server = try await start()
        let image = try Picture.dataURL(Picture.golden("upright.png")) + String(repeating: "\n", count: 17 << 20)
        let answer = try await server.predict(image)
        #expect(answer["using_model"] == false)
        let lines = try await python(
            """
            row = db.drawings.find_one()
            print(row["image_type"], fs.get(row["image"]).length)
            """)
        #expect(lines == ["gridfs \(image.utf8.count)"])
        #expect(try await server.get("/api/v1/records?fields=all")[0]?["image"] == .null)
    }
}
