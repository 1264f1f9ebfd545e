// swift-tools-version:6.1
import PackageDescription

/// A service: a library with its rules and its store, and an executable of a few lines that runs it.
func service(_ name: String, dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> [Target] {
    [
        .target(
            name: name, dependencies: ["PerisaiModels", "Postgres", "Worker"] + dependencies, path: "Services/\(name)",
            exclude: ["Main"], resources: [.copy("Migrations")] + resources),
        .executableTarget(
            name: "\(name)Main", dependencies: [.target(name: name), "Worker"], path: "Services/\(name)/Main"),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.target(name: name), "PerisaiModels", "Postgres", "Worker", "TestSupport"] + dependencies,
            path: "Tests/\(name)Tests"),
    ]
}

let httpClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let mustache = Target.Dependency.product(name: "Mustache", package: "swift-mustache")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let rsa = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let services: [Target.Dependency] = ["EnrollmentIntake", "PaymentReconciler", "CommissionCalculator", "Notifier"]

let package = Package(
    name: "Perisai",
    products: [
        .executable(name: "enrollment-intake", targets: ["EnrollmentIntakeMain"]),
        .executable(name: "payment-reconciler", targets: ["PaymentReconcilerMain"]),
        .executable(name: "commission-calculator", targets: ["CommissionCalculatorMain"]),
        .executable(name: "notifier", targets: ["NotifierMain"]),
        .executable(name: "perisai", targets: ["OperationsMain"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", exact: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", exact: "2.101.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", exact: "2.28.1"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", exact: "2.1.1"),
        .package(url: "https://github.com/swift-server/async-http-client", exact: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
    ],
    targets: [
        .systemLibrary(
            name: "CRdKafka", path: "Shared/CRdKafka", pkgConfig: "rdkafka", providers: [.apt(["librdkafka-dev"])]),
        .systemLibrary(name: "CLibPQ", path: "Shared/CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "CExpat", path: "Shared/CExpat", pkgConfig: "expat", providers: [.apt(["libexpat1-dev"])]),
        .systemLibrary(
            name: "CCurl", path: "Shared/CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .target(name: "PerisaiModels", path: "Shared/PerisaiModels"),
        .target(name: "Kafka", dependencies: ["CRdKafka"], path: "Shared/Kafka"),
        .target(name: "Postgres", dependencies: ["CLibPQ"], path: "Shared/Postgres"),
        .target(
            name: "Worker",
            dependencies: [
                "PerisaiModels", "Kafka", "Postgres", .product(name: "Logging", package: "swift-log"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], path: "Shared/Worker", resources: [.copy("Migrations")]),
        .target(
            name: "BankStatements", dependencies: ["PerisaiModels", "CExpat", crypto], path: "Shared/BankStatements"),
        // What the tests of several modules share; no product depends on it.
        .target(name: "TestSupport", dependencies: ["Postgres"], path: "Tests/TestSupport"),
        .testTarget(
            name: "BankStatementsTests", dependencies: ["BankStatements", "PerisaiModels", "TestSupport"],
            path: "Tests/BankStatementsTests"),
        .testTarget(
            name: "PerisaiModelsTests", dependencies: ["PerisaiModels", "TestSupport"],
            path: "Tests/PerisaiModelsTests"),
        .testTarget(name: "KafkaTests", dependencies: ["Kafka", "CRdKafka", "TestSupport"], path: "Tests/KafkaTests"),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestSupport"], path: "Tests/PostgresTests"),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "Operations", "CommissionCalculator", "PaymentReconciler", "Notifier", "PerisaiModels", "Kafka",
                "Postgres",
                "Worker", "TestSupport",
            ],
            path: "Tests/EndToEnd"),
        .testTarget(
            name: "WorkerTests", dependencies: ["Worker", "Kafka", "Postgres", "PerisaiModels", "TestSupport"],
            path: "Tests/WorkerTests"),
        .target(
            name: "Operations",
            dependencies: [
                "PerisaiModels", "Kafka", "Postgres", "Worker", "BankStatements", crypto,
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ] + services, path: "Services/Operations", exclude: ["Main"]),
        .executableTarget(name: "OperationsMain", dependencies: ["Operations"], path: "Services/Operations/Main"),
        .testTarget(
            name: "OperationsTests",
            dependencies: [
                "Operations", "PerisaiModels", "Kafka", "Postgres", "Worker", "BankStatements", "PaymentReconciler",
                "CommissionCalculator", "EnrollmentIntake", "Notifier", "TestSupport",
            ],
            path: "Tests/OperationsTests"),
    ]
        + service("EnrollmentIntake") + service("PaymentReconciler", dependencies: [crypto, rsa, "Kafka"])
        + service("CommissionCalculator")
        + service("Notifier", dependencies: [mustache, httpClient, crypto, "CCurl"], resources: [.copy("Templates")]),
    swiftLanguageModes: [.v6]
)
