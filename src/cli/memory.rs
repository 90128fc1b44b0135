//! What the allocator of the C library keeps to itself, and what happens when it has nothing left.

use std::alloc::{GlobalAlloc, Layout, System};

/// The system's allocator; where that has no memory left, the process ends with a message and exit code 5.
/// The library would abort it without a word of what to do.
pub(crate) struct OrExit;

const NO_MEMORY: &[u8] = b"error[E050]: out of memory; nothing was published\n \
help: allow more, use fewer --threads, or run on less input at a time\n";

/// Says so and ends the process; nothing here allocates.
#[cold]
fn out_of_memory() -> ! {
    let _ = rustix::io::write(rustix::stdio::stderr(), NO_MEMORY);
    signal_hook::low_level::exit(5)
}

/// What was allocated, which is something.
#[inline]
fn or_exit(memory: *mut u8) -> *mut u8 {
    if memory.is_null() {
        out_of_memory();
    }
    memory
}

// SAFETY: every call goes to the system's allocator as it is, and no null comes back.
unsafe impl GlobalAlloc for OrExit {
    #[inline]
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller's promises are those of the system's allocator.
        or_exit(unsafe { System.alloc(layout) })
    }

    #[inline]
    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as above.
        or_exit(unsafe { System.alloc_zeroed(layout) })
    }

    #[inline]
    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: as above.
        or_exit(unsafe { System.realloc(memory, layout, size) })
    }

    #[inline]
    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as above.
        unsafe { System.dealloc(memory, layout) }
    }
}

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

/// Gives back what is free in any heap, so that what is held afterwards is in use.
pub(crate) fn give_all_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    // SAFETY: the allocator locks each heap while it looks through it.
    unsafe {
        libc::malloc_trim(0);
    }
}
