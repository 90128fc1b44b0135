//! What the allocator of the C library keeps to itself.

/// Bytes of a block from which it is mapped by itself, and so goes back to the system when it is freed.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const MAPPED_FROM: i32 = 256 << 10;

/// Bytes that may lie free at the end of a heap.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const TRIMMED_FROM: i32 = 8 << 20;

/// Has large blocks given back when they are freed. Otherwise glibc raises the bound to the size of any
/// mapped block that is freed, up to 32 MiB, and the tables of one stage leave holes that the next
/// does not fit into: a fifth of the memory of a run. Large buffers are used again, so this costs
/// no time.
pub(crate) fn give_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: this sets two numbers of the allocator, and no other thread runs yet.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, MAPPED_FROM);
        libc::mallopt(libc::M_TRIM_THRESHOLD, TRIMMED_FROM);
    }
}
