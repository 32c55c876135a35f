import HTTP

extension Command {
    static let healthCheck = Command(
        name: "healthcheck", summary: "Ask the server on this machine whether it can serve; status 0 if it can.",
        discussion:
            "For the health checks of containers and supervisors: it asks /readyz at PRUNELLE_HOST and PRUNELLE_PORT.",
        options: [
            .init(name: "host", value: "ADDRESS", summary: "Address the server listens on (127.0.0.1)."),
            .init(name: "port", value: "PORT", summary: "Port the server listens on (8000)."),
        ],
        run: { arguments in
            let settings = try ServerSettings.read(flags: arguments.settingFlags)
            let host = ["0.0.0.0": "127.0.0.1", "::": "::1"][settings.server.host] ?? settings.server.host
            let answer = Port(host: host, port: settings.server.port).ask("/readyz", within: 4)
            guard let answer else {
                throw Exit.unavailable("no server answers at \(host) port \(settings.server.port)")
            }
            guard answer.contains(" 200 ") else { throw Exit.unavailable("the server answers: \(answer)") }
            print("ready")
        })
}
