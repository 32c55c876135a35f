import Configuration
import Storage

extension ServerSettings {
    /// Reads which cache is used and how.
    mutating func readCache(_ reader: inout ConfigurationReader) {
        let url = reader.read(
            .text(
                "PRUNELLE_REDIS_URL", default: "", allowed: "a URL",
                "The cache on a Redis server, which several servers share: `redis://user:password@host:6379/0`, or "
                    + "`unix:///run/redis.sock`. Without it each server has one in its memory. TLS (`rediss://`) is refused, "
                    + "since Debian's library has none."
            ).alsoReads("REDIS_URL"))
        if !url.isEmpty {
            do throws(RedisAddress.Problem) {
                redis = try RedisAddress(url)
            } catch {
                reader.note(ConfigurationProblem("REDIS_URL", error.description))
            }
        }
        redisTimeout = reader.read(
            .seconds(
                "PRUNELLE_REDIS_TIMEOUT", default: 2, in: 0.05...60,
                "Longest time for connecting to Redis, and for one answer of it."))
        cacheBytes = reader.read(
            .bytes(
                "PRUNELLE_CACHE_MAX_BYTES", default: 256 << 20, in: (1 << 20)...(64 << 30),
                "Most bytes of a cache in memory; what was not used for longest goes first."))
    }
}
