/// Growable raw memory in network byte order, with value semantics: the store behind `Parameters` and `CopyBuffer`.
public struct WireBuffer: Sendable {
    /// Owns the memory. @unchecked: written only while one `WireBuffer` refers to it (copy on write in `extend`).
    @usableFromInline
    final class Storage: @unchecked Sendable {
        @usableFromInline let base: UnsafeMutableRawPointer
        @usableFromInline let capacity: Int

        @usableFromInline
        init(capacity: Int) {
            self.base = UnsafeMutableRawPointer.allocate(byteCount: capacity, alignment: 16)
            self.capacity = capacity
        }

        deinit { base.deallocate() }
    }

    @usableFromInline var storage: Storage
    /// Bytes in use.
    public internal(set) var count: Int = 0

    init(capacity: Int) { storage = Storage(capacity: max(64, capacity)) }

    /// Adds `size` bytes, not initialised, and returns where they start; valid until the next change.
    @inlinable
    mutating func extend(_ size: Int) -> UnsafeMutableRawPointer {
        if count + size > storage.capacity || !isKnownUniquelyReferenced(&storage) { reallocate(adding: size) }
        let start = storage.base + count
        advance(size)
        return start
    }

    @usableFromInline
    mutating func advance(_ size: Int) { count += size }

    @usableFromInline
    @inline(never)
    mutating func reallocate(adding size: Int) {
        let needed = count + size
        let larger = Storage(capacity: needed > storage.capacity ? max(needed, storage.capacity * 2) : storage.capacity)
        larger.base.copyMemory(from: storage.base, byteCount: count)
        storage = larger
    }

    mutating func truncate(to newCount: Int) { count = min(count, max(0, newCount)) }

    @inlinable
    mutating func append<Value: FixedWidthInteger>(_ value: Value) {
        extend(MemoryLayout<Value>.size).storeBytes(of: value.bigEndian, as: Value.self)
    }

    @inlinable
    mutating func append(contentsOf bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress, bytes.count > 0 else { return }
        extend(bytes.count).copyMemory(from: source, byteCount: bytes.count)
    }

    /// Overwrites four bytes at `offset`, which must lie inside the used part.
    @inlinable
    mutating func patch(_ value: Int32, at offset: Int) {
        if !isKnownUniquelyReferenced(&storage) { reallocate(adding: 0) }
        (storage.base + offset).storeBytes(of: value.bigEndian, as: Int32.self)
    }

    func int32(at offset: Int) -> Int32 {
        Int32(bigEndian: (storage.base + offset).loadUnaligned(as: Int32.self))
    }

    /// The used bytes, valid inside `body` alone.
    func withBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let result = try body(UnsafeRawBufferPointer(start: storage.base, count: count))
        withExtendedLifetime(storage) {}
        return result
    }
}
