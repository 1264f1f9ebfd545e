import Glibc
import PerisaiModels

/// The time of day outside: for quiet hours and signatures, never for a rule.
public enum WallClock {
    @Sendable public static func now() -> Instant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Instant(microseconds: Int64(time.tv_sec) * 1_000_000 + Int64(time.tv_nsec) / 1_000) ?? .earliest
    }
}
