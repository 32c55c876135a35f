// swift-tools-version: 6.2
import Foundation
import PackageDescription

// Libraries that are not Debian packages are unpacked below `.deps` by `scripts/bootstrap`.
let deps = Context.packageDirectory + "/.deps"
let hasLocalDebianPackages = FileManager.default.fileExists(atPath: deps + "/debian/usr/include")

/// Header search paths, for Swift targets that import the libraries (also indirectly): those of unpacked libraries, and
/// of the one whose headers lie in folders of their own.
let headerFolders =
    ["\(deps)/openvino/include"]
    + (hasLocalDebianPackages
        ? ["\(deps)/debian/usr/include", "\(deps)/debian/usr/include/x86_64-linux-gnu"] : [])
    + ["libmongoc-1.0", "libbson-1.0"].map {
        (hasLocalDebianPackages ? deps + "/debian" : "") + "/usr/include/\($0)"
    }

/// Library search paths; the run paths let programs start from the build folder without environment variables.
func libraries(in folder: String) -> [LinkerSetting] {
    [.unsafeFlags(["-L\(folder)", "-Xlinker", "-rpath", "-Xlinker", folder])]
}

let debianLibraries: [LinkerSetting] =
    hasLocalDebianPackages
    // The old kind of run path also counts for the libraries that these libraries need.
    ? libraries(in: deps + "/debian/usr/lib/x86_64-linux-gnu") + [.unsafeFlags(["-Xlinker", "--disable-new-dtags"])]
    : []

let swiftSettings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .treatAllWarnings(as: .error),
    .unsafeFlags(headerFolders.flatMap { ["-Xcc", "-I\($0)"] }),
]

/// One C library below `Sources/System`: a module map and a shim header.
func library(_ name: String) -> Target {
    .systemLibrary(name: name, path: "Sources/System/\(name)")
}

func module(
    _ layer: String, _ name: String, uses dependencies: [Target.Dependency] = [], linking: [LinkerSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(layer)/\(name)", swiftSettings: swiftSettings,
        linkerSettings: debianLibraries + [.linkedLibrary("m")] + linking)
}

func tests(
    _ name: String, of dependencies: [Target.Dependency], except: [String] = [], resources: [Resource] = []
) -> Target {
    .testTarget(
        name: name + "Tests", dependencies: dependencies + ["TestSupport"], path: "Tests/\(name)Tests",
        exclude: except, resources: resources, swiftSettings: swiftSettings)
}

let package = Package(
    name: "prunelle",
    products: [
        .executable(name: "prunelle", targets: ["prunelle"]),
        .executable(name: "prunelle-trainer", targets: ["prunelle-trainer"]),
    ],
    targets: [
        // MARK: System
        library("CMicrohttpd"), library("CPostgreSQL"), library("CSQLite"), library("CSodium"), library("CZip"),
        library("CTurboJPEG"), library("CWebP"), library("CDeflate"), library("CHiredis"), library("CCurl"),
        library("CMongoC"), library("COpenSSL"),
        library("CZlib"), library("CBZip2"), library("CLZMA"), library("CLZ4"),
        .target(
            name: "COpenVINO", path: "Sources/System/COpenVINO",
            cSettings: [.unsafeFlags(["-I\(deps)/openvino/include"])],
            linkerSettings: libraries(in: deps + "/openvino/lib") + [.unsafeFlags(["-l:libopenvino_c.so.2641"])]),
        .target(
            name: "CKernels", path: "Sources/System/CKernels",
            // Also where all else is built for debugging: unoptimised, such loops are slower than those they replace.
            cSettings: [.unsafeFlags(["-O2"])]),
        .target(
            name: "CTorch", path: "Sources/System/CTorch",
            cxxSettings: [
                .unsafeFlags([
                    "-I\(deps)/torch/include", "-I\(deps)/torch/include/torch/csrc/api/include", "-std=c++20", "-w",
                ])
            ],
            linkerSettings: libraries(in: deps + "/torch/lib")
                + [.unsafeFlags(["-ltorch_cpu", "-lc10", "-lstdc++"])]),

        // MARK: Engine
        module("Engine", "JSON"),
        module("Engine", "Tensors"),
        module("Engine", "ONNX", uses: ["Tensors"]),
        module("Engine", "Imaging", uses: ["JSON", "Tensors", "CDeflate", "CKernels", "CTurboJPEG", "CWebP"]),
        module(
            "Engine", "ModelFiles",
            uses: ["JSON", "ONNX", "Tensors", "CDeflate", "CZip", "CZlib", "CBZip2", "CLZMA", "CLZ4"]),
        module("Engine", "Inference", uses: ["ONNX", "Tensors", "CKernels", "COpenVINO", "CSodium"]),
        module("Engine", "Training", uses: ["Imaging", "JSON", "ONNX", "Tensors", "CDeflate"]),

        // MARK: Platform
        module("Platform", "Configuration"),
        module("Platform", "Observability", uses: ["JSON"]),
        module("Platform", "HTTP", uses: ["JSON", "Observability", "CMicrohttpd", "CDeflate", "CSodium"]),
        module(
            "Platform", "Storage",
            uses: [
                "JSON", "Observability", "CCurl", "CHiredis", "CMongoC", "COpenSSL", "CPostgreSQL", "CSQLite",
                "CSodium",
            ]),
        module("Platform", "Uploads", uses: ["HTTP", "JSON", "Observability", "Storage"]),
        module(
            "Platform", "Registry",
            uses: ["Inference", "Imaging", "JSON", "ModelFiles", "Observability", "Storage", "Tensors"]),

        module("Platform", "Privacy", uses: ["JSON", "Observability", "Storage", "CSodium"]),
        module("Platform", "Identity", uses: ["JSON", "Observability", "Privacy", "Storage", "CSodium"]),
        module("Platform", "Feedback", uses: ["JSON", "Observability", "Storage"]),
        module("Platform", "Monitoring", uses: ["Feedback", "JSON", "Observability", "Storage"]),
        module(
            "Platform", "Application",
            uses: ["HTTP", "Inference", "JSON", "ModelFiles", "Observability", "Privacy", "Registry", "Storage"]),
        module("Platform", "Retraining", uses: ["JSON"]),

        // MARK: Apps
        module(
            "Apps", "Digits",
            uses: [
                "Application", "HTTP", "Imaging", "Inference", "JSON", "ModelFiles", "Observability", "Privacy",
                "Registry", "Storage", "Tensors", "Training",
            ]),
        module(
            "Apps", "Pets",
            uses: [
                "Application", "Feedback", "HTTP", "Identity", "Imaging", "Inference", "JSON", "ModelFiles",
                "Monitoring", "ONNX", "Observability", "Privacy", "Registry", "Retraining", "Storage", "Tensors",
                "Training",
            ]),

        // MARK: Programs
        .executableTarget(
            name: "prunelle",
            dependencies: [
                "Application", "Configuration", "Digits", "Feedback", "HTTP", "Identity", "Imaging", "Inference",
                "JSON", "ModelFiles", "Observability", "Pets", "Privacy", "Registry", "Retraining", "Storage",
                "Tensors", "Training", "Uploads",
            ],
            path: "Sources/prunelle", swiftSettings: swiftSettings, linkerSettings: debianLibraries),
        .executableTarget(
            name: "prunelle-trainer", dependencies: ["CTorch", "Imaging", "JSON", "ONNX", "Tensors", "Training"],
            path: "Sources/prunelle-trainer", swiftSettings: swiftSettings, linkerSettings: debianLibraries),

        .executableTarget(
            name: "storage-benchmark", dependencies: ["Storage"], path: "Benchmarks/storage/program",
            swiftSettings: swiftSettings, linkerSettings: debianLibraries),

        .executableTarget(
            name: "feedback-benchmark", dependencies: ["Feedback", "Monitoring", "Observability", "Storage"],
            path: "Benchmarks/feedback/program", swiftSettings: swiftSettings, linkerSettings: debianLibraries),

        // MARK: Tests
        .executableTarget(
            name: "storage-crash-child", dependencies: ["Storage"], path: "Tests/StorageCrashChild",
            swiftSettings: swiftSettings, linkerSettings: debianLibraries),
        .executableTarget(
            name: "lines-crash-child", dependencies: ["Monitoring"], path: "Tests/LinesCrashChild",
            swiftSettings: swiftSettings, linkerSettings: debianLibraries),
        .target(
            name: "TestSupport", dependencies: ["JSON", "Observability", "Storage"], path: "Tests/TestSupport",
            swiftSettings: swiftSettings),
        .target(
            name: "AppTestSupport", dependencies: ["JSON", "ModelFiles", "Registry"], path: "Tests/AppTestSupport",
            swiftSettings: swiftSettings),
        tests("JSON", of: ["JSON"]),
        tests("Imaging", of: ["Imaging", "Tensors", "JSON"], resources: [.copy("Golden")]),
        tests(
            "ModelFiles", of: ["ModelFiles", "ONNX", "Inference", "Tensors", "JSON"], except: ["Sweeps/Scripts"],
            resources: [.copy("Golden")]),
        tests("Inference", of: ["Inference", "ONNX", "Tensors", "CKernels"]),
        tests("Training", of: ["Training", "Imaging", "Inference", "ONNX", "Tensors", "JSON"]),
        tests("Configuration", of: ["Configuration"]),
        tests("Observability", of: ["Observability", "JSON"]),
        tests("HTTP", of: ["HTTP", "JSON", "Observability"]),
        tests("Storage", of: ["Storage", "JSON", "Observability"]),
        tests("Feedback", of: ["Feedback", "JSON", "Observability", "Storage"]),
        tests(
            "Uploads", of: ["Uploads", "HTTP", "JSON", "Observability", "Storage"], except: ["Scripts"]),
        tests("Monitoring", of: ["Monitoring", "Feedback", "JSON", "Observability", "Storage"]),
        tests("Registry", of: ["Registry", "Storage", "Inference", "ONNX", "Observability", "Tensors", "JSON"]),
        tests(
            "Digits",
            of: [
                "AppTestSupport", "Application", "Digits", "HTTP", "Imaging", "Inference", "JSON", "ModelFiles", "ONNX",
                "Observability",
                "Privacy", "Registry", "Storage", "Tensors",
            ], resources: [.copy("Golden")]),
        tests("Retraining", of: ["JSON", "Retraining"]),
        tests("Privacy", of: ["Privacy", "Storage", "JSON", "Observability"]),
        tests("Identity", of: ["Identity", "Privacy", "Storage", "JSON", "Observability"]),
        tests(
            "Pets",
            of: [
                "AppTestSupport", "Application", "HTTP", "Imaging", "Inference", "JSON", "ModelFiles", "ONNX",
                "Observability", "Pets",
                "Privacy", "Registry", "Retraining", "Storage", "Tensors", "Training",
            ], resources: [.copy("Golden")]),
        tests("Command", of: ["Identity", "JSON", "Observability", "Storage"]),
    ],
    cxxLanguageStandard: .cxx20
)
