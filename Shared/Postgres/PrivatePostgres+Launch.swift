import Foundation
import Glibc

extension PrivatePostgres {
    /// The account that runs the server when this process is root, which PostgreSQL refuses.
    struct Account: Sendable {
        let user: uid_t
        let group: gid_t

        /// nil when this process isn't root.
        static func unprivileged() throws(Failure) -> Account? {
            guard geteuid() == 0 else { return nil }
            for name in ["postgres", "nobody"] {
                var entry = passwd()
                var buffer = [CChar](repeating: 0, count: 16_384)
                var found: UnsafeMutablePointer<passwd>?
                if getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil, entry.pw_uid != 0 {
                    return Account(user: entry.pw_uid, group: entry.pw_gid)
                }
            }
            throw Failure(reason: "root may not run PostgreSQL and there is no user postgres or nobody")
        }

        /// `setpriv` options that switch to this account.
        var prefix: [String] {
            ["setpriv", "--reuid=\(user)", "--regid=\(group)", "--clear-groups"]
        }
    }

    /// The newest `/usr/lib/postgresql/*/bin`, else what `pg_config --bindir` or the PATH offers.
    static func findBinaries() throws(Failure) -> String {
        let root = "/usr/lib/postgresql"
        let versions = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).compactMap { Int($0) }
        let debian = versions.sorted(by: >).map { "\(root)/\($0)/bin" }
        let path = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").map(String.init)
        let others = ["/usr/local/pgsql/bin", "/usr/local/bin", "/usr/bin"]
        for candidate in debian + path + others
        where ["initdb", "postgres"].allSatisfy({ FileManager.default.isExecutableFile(atPath: "\(candidate)/\($0)") })
        {
            return candidate
        }
        throw Failure(reason: "no initdb and postgres found under \(root) or in the PATH (Debian: postgresql)")
    }

    /// Creates the directory, owned by the server's account and closed to others.
    static func makeDirectory(_ wanted: String?, _ account: Account?) throws(Failure) -> String {
        let path: String
        if let wanted {
            path = URL(fileURLWithPath: wanted).path
            let entries = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
            guard entries.isEmpty else { throw Failure(reason: "directory \(path) is not empty") }
        } else {
            let base = ProcessInfo.processInfo.environment["TMPDIR"].flatMap { $0.utf8.count < 60 ? $0 : nil } ?? "/tmp"
            path = "\(base)/pg-\(getpid())-\(String(UInt32.random(in: .min ... .max), radix: 36))"
        }
        guard "\(path)/.s.PGSQL.65535".utf8.count <= 107 else {
            throw Failure(reason: "directory \(path) is too long for a socket (107 bytes with the socket's name)")
        }
        if mkdir(path, 0o700) != 0 {
            guard wanted != nil, errno == EEXIST else {
                throw Failure(reason: "directory \(path) can't be created: \(String(cString: strerror(errno)))")
            }
        }
        guard chmod(path, 0o700) == 0, account.map({ chown(path, $0.user, $0.group) == 0 }) ?? true else {
            throw Failure(reason: "directory \(path): owner and rights can't be set")
        }
        return path
    }

    func initialise() throws(Failure) {
        let passwordFile = directory + "/password"
        guard FileManager.default.createFile(atPath: passwordFile, contents: Data(password.utf8)) else {
            throw Failure(reason: "password file can't be written")
        }
        if let account, chown(passwordFile, account.user, account.group) != 0 {
            throw Failure(reason: "password file can't be handed over")
        }
        let arguments = [
            "\(binaries)/initdb", "-D", dataDirectory, "-U", "postgres", "--auth-local=trust",
            "--auth-host=scram-sha-256", "--pwfile=\(passwordFile)", "-E", "UTF8", "--locale=C", "--no-sync",
            "--no-instructions",
        ]
        let script = "exec >>\"$0\" 2>&1; exec \"$@\""
        // The shell runs as the server's account, so that the log belongs to it.
        let command = (account?.prefix ?? []) + ["sh", "-c", script, logPath] + arguments
        let status = try spawning { () throws(ChildProcess.Failure) in
            try ChildProcess.run(command, milliseconds: 120_000)
        }
        unlink(passwordFile)
        guard status == 0 else { throw Failure(reason: "initdb failed: \(logTail())") }
    }

    /// Starts the server under a shell that outlives this process for as long as it takes to stop the server and delete
    /// the directory: stdin ends when this process does. `setpriv --pdeathsig` covers the death of the shell itself.
    /// The watcher has nothing to clean up when the server has ended, and may have inherited that SIGTERM is ignored:
    /// it is killed.
    func launch() throws(Failure) -> ChildProcess {
        let script = """
            directory=$0; log=$1; shift
            exec 3<&0
            cd /
            "$@" 3<&- >>"$log" 2>&1 </dev/null &
            server=$!
            ( while read -r line <&3; do :; done
              : >"$directory/orphaned"; kill -INT $server; sleep 10; kill -QUIT $server ) >/dev/null 2>&1 &
            watch=$!
            wait $server
            status=$?
            if [ -e "$directory/orphaned" ]; then rm -rf "$directory"; fi
            kill -9 $watch 2>/dev/null
            exit $status
            """
        let prefix = account.map { $0.prefix + ["--pdeathsig=INT"] } ?? ["setpriv", "--pdeathsig=INT"]
        var command = ["sh", "-c", script, directory, logPath] + prefix
        command += ["\(binaries)/postgres", "-D", dataDirectory, "-k", directory]
        var all = settings
        all["port"] = tcpPort.map(String.init) ?? "5432"
        all["listen_addresses"] = tcpPort == nil ? "" : "127.0.0.1"
        all["unix_socket_permissions"] = "0700"
        for (name, value) in all.sorted(by: { $0.key < $1.key }) { command += ["-c", "\(name)=\(value)"] }
        return try spawning { () throws(ChildProcess.Failure) in try ChildProcess(command) }
    }

    private func spawning<Value>(_ body: () throws(ChildProcess.Failure) -> Value) throws(Failure) -> Value {
        do {
            return try body()
        } catch {
            throw Failure(reason: "a process can't be started: \(String(cString: strerror(error.code)))")
        }
    }
}
