import PerisaiModels
import Postgres
import Testing

@testable import Notifier
@testable import Worker

/// What is long over goes with all that belongs to it; what is not over stays, however old.
@Suite struct RetentionTests {
    private let rig: ProviderRig
    private let gateway: FakeGateway

    init() throws {
        gateway = try FakeGateway { _, _ in .status(200) }
        rig = try ProviderRig("retention_\(UInt32.random(in: 0 ... .max))", [.test("a", gateway)])
    }

    /// The hour between two walks is over; all that is due is done.
    private func walk() throws {
        try rig.connection.execute("UPDATE retention SET due_at = now()")
        _ = try rig.applier.work()
    }

    /// One step, without the announcements before it, and without going on from where it ends.
    private func step() throws {
        try rig.connection.execute("UPDATE retention SET due_at = now()")
        var writer = BatchWriter()
        #expect(try Retention.run(rig.settings, rig.connection, &writer))
    }

    private func age(_ table: String, _ column: String, _ days: Int, _ which: String) throws {
        try rig.connection.execute(
            "UPDATE \(table) SET \(column) = now() - interval '\(days) days' WHERE \(which)")
    }

    @Test func messagesGoWithTheirAttemptsAndReceipts() throws {
        defer { gateway.stop() }
        try rig.queue(3)
        try rig.run(rig.dispatcher())
        for (number, id) in try rig.dispatchIDs().enumerated() {
            let told = Receipt(id: "r\(number)", dispatchID: id, status: .delivered, at: .earliest)
            #expect(try rig.apply([told], from: "a") == [.moved])
        }
        for id in ["early", "late"] {
            let stray = Receipt(id: id, dispatchID: nil, reference: "of-\(id)", status: .sent, at: .earliest)
            #expect(try rig.apply([stray], from: "a") == [.unmatched])
        }
        try rig.connection.execute(
            "INSERT INTO message_resend (message_id, resent_by, was) SELECT message_id, 'Ani', 'failed' FROM message")
        try rig.queue(1, "waits")
        try age("message", "created_at", 900, "body IN ('m-0', 'm-1', 'waits-0')")
        try age("message", "finished_at", 401, "body = 'm-0'")
        try age("message", "finished_at", 399, "body = 'm-1'")
        try age("receipt", "received_at", 401, "receipt_id <> 'late'")
        _ = try rig.applier.work()
        #expect(try rig.states("body") == ["m-0", "m-1", "m-2", "waits-0"], "a walk an hour")
        try walk()
        #expect(try rig.states("body, state") == ["m-1|delivered", "m-2|delivered", "waits-0|queued"])
        for table in ["attempt", "message_resend"] {
            #expect(try rig.connection.texts("SELECT count(*)::text FROM \(table)") == ["2"], "\(table)")
        }
        #expect(try rig.connection.texts("SELECT receipt_id FROM receipt ORDER BY 1") == ["late", "r1", "r2"])
    }

    @Test func nobodysAddressIsWaitedForAsLong() throws {
        defer { gateway.stop() }
        try rig.connection.execute(
            """
            INSERT INTO message (message_id, event_key, kind, recipient_kind, recipient_ref, body, state, waits_for,
                created_at)
            SELECT gen_random_uuid(), gen_random_uuid(), 'receipt', 'participant', 'participant:1', 'w' || days,
                'waiting_contact', 'participant:1', now() - days * interval '1 day'
            FROM unnest(ARRAY[399, 401]) AS days
            """)
        try walk()
        #expect(
            try rig.states("body, state, coalesce(reason, '-'), coalesce(told, '-')") == [
                "w399|waiting_contact|-|-", "w401|undeliverable|NO_PHONE|undeliverable",
            ])
    }

    @Test func manyGoInSeveralSteps() throws {
        defer { gateway.stop() }
        try rig.queue(Retention.limit * 2 + 1)
        try rig.connection.execute("UPDATE message SET state = 'sent', told = 'sent'")
        try age("message", "created_at", 401, "true")
        try age("message", "finished_at", 401, "true")
        try walk()
        #expect(try rig.states().isEmpty)
        // The next one comes in an hour, and begins anew.
        let left = "SELECT concat(passed, ' ', due_at > now() + interval '50 minutes') FROM retention"
        #expect(try rig.connection.texts(left) == ["-infinity t"])
    }

    /// Many that stay do not stand in the way of those behind them.
    @Test func aWalkGoesPastWhatStays() throws {
        defer { gateway.stop() }
        for (number, state) in [(1, "queued"), (2, "sent")] {
            try rig.queue(Retention.limit + 1, "p\(number)")
            try rig.connection.execute(
                """
                UPDATE message SET state = '\(state)', told = '\(state)', created_at = now() - interval '\(800 - number) days',
                    finished_at = CASE WHEN '\(state)' = 'sent' THEN now() - interval '500 days' END
                WHERE body LIKE 'p\(number)-%'
                """)
        }
        try walk()
        #expect(
            try rig.connection.texts("SELECT concat(state, ' ', count(*)) FROM message GROUP BY state") == [
                "queued 1001"
            ])
    }

    @Test func whatNobodyWasToldOfStays() throws {
        defer { gateway.stop() }
        try rig.queue(3)
        try rig.connection.execute(
            """
            UPDATE message SET state = CASE body WHEN 'm-0' THEN 'digested' ELSE 'sent' END,
                told = CASE body WHEN 'm-1' THEN 'sent' END
            """)
        try age("message", "created_at", 401, "true")
        try age("message", "finished_at", 401, "true")
        try step()
        #expect(try rig.states("body, state") == ["m-2|sent"])
    }

    @Test func postsToOfficesGoOnceTheyAreAnnounced() throws {
        defer { gateway.stop() }
        try rig.connection.execute(
            """
            INSERT INTO webhook (webhook_id, stream, office, kind, url, body, state, finished_at, announced)
            SELECT gen_random_uuid(), 'stream', 'DPS', 'permit-cleared', name, '', state,
                CASE WHEN state <> 'waiting' THEN now() - days * interval '1 day' END, true
            FROM (VALUES ('old', 'delivered', 401), ('waits', 'waiting', 0), ('new', 'delivered', 399),
                ('untold', 'delivered', 401)) AS w(name, state, days);
            UPDATE webhook SET announced = false WHERE url = 'untold';
            INSERT INTO webhook_attempt (webhook_id, number, started_at) SELECT webhook_id, 1, now() FROM webhook;
            INSERT INTO webhook_resend (webhook_id, resent_by) SELECT webhook_id, 'Ani' FROM webhook
            """)
        try step()
        #expect(try rig.connection.texts("SELECT url FROM webhook ORDER BY 1") == ["new", "untold", "waits"])
        for table in ["webhook_attempt", "webhook_resend"] {
            #expect(try rig.connection.texts("SELECT count(*)::text FROM \(table)") == ["3"], "\(table)")
        }
    }
}
