//! What this processor has beyond what every processor of its kind has: kernels ask here which of
//! them may run.
//!
//! A build with `RUSTFLAGS="--cfg tikrar_portable"` has nothing of it, so that the code for machines
//! without AVX2 can be tested and timed, in the whole program, on those that have it. What other crates
//! find out by themselves (memchr, simdutf8, sha2) stays as it is.

pub(crate) mod sixteen;

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{__m256i, _mm256_loadu_si256};
#[cfg(target_arch = "x86_64")]
use std::sync::atomic::{AtomicU8, Ordering};

/// What was found out: one of these.
#[cfg(target_arch = "x86_64")]
static KNOWN: AtomicU8 = AtomicU8::new(NOTHING_YET);
#[cfg(target_arch = "x86_64")]
const NOTHING_YET: u8 = 0;
#[cfg(target_arch = "x86_64")]
const NEITHER: u8 = 1;
#[cfg(target_arch = "x86_64")]
const AVX2: u8 = 2;
#[cfg(target_arch = "x86_64")]
const AVX512: u8 = 3;

/// 32 bytes as one register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
pub(crate) fn load_32(bytes: &[u8; 32]) -> __m256i {
    // SAFETY: 32 bytes are read from an array of as many, at any alignment.
    unsafe { _mm256_loadu_si256(bytes.as_ptr().cast::<__m256i>()) }
}

/// Asks for an item of a list before it is needed; of no place outside the list. Where what hangs on an item
/// decides how a program goes on, its core waits for one item at a time unless it has asked before.
#[inline]
pub(crate) fn fetch<T>(list: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if let Some(item) = list.get(at) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: this changes nothing that a program can see; the address is that of a value.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(std::ptr::from_ref(item).cast()) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (list, at);
}

/// Asks for what lies so many bytes behind a place, whatever that is.
#[inline]
pub(crate) fn fetch_behind<T>(place: &T, bytes: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let address = std::ptr::from_ref(place).cast::<i8>().wrapping_add(bytes);
        // SAFETY: this changes nothing that a program can see, and fails at no address.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (place, bytes);
}

/// Whether the kernels for AVX2 may run: AVX2 itself, BMI1, BMI2 and POPCNT, which all machines with
/// AVX2 have.
///
/// Cost: one load, so that it may be asked for every string.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn has_avx2() -> bool {
    known() >= AVX2
}

/// Whether the kernels for AVX-512 may run: its foundation, bytes, double words, VBMI and VBMI2, and
/// what [`has_avx2`] asks for.
///
/// The first machines with AVX-512, which have no VBMI2, slow down when they multiply with it.
#[cfg(target_arch = "x86_64")]
#[inline]
pub fn has_avx512() -> bool {
    known() == AVX512
}

#[cfg(target_arch = "x86_64")]
#[inline]
fn known() -> u8 {
    if cfg!(tikrar_portable) {
        return NEITHER;
    }
    match KNOWN.load(Ordering::Relaxed) {
        NOTHING_YET => find_out(),
        known => known,
    }
}

#[cfg(target_arch = "x86_64")]
#[cold]
fn find_out() -> u8 {
    let avx2 = is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
        && is_x86_feature_detected!("popcnt");
    let avx512 = is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vbmi")
        && is_x86_feature_detected!("avx512vbmi2");
    let found = match (avx2, avx512) {
        (true, true) => AVX512,
        (true, false) => AVX2,
        (false, _) => NEITHER,
    };
    KNOWN.store(found, Ordering::Relaxed);
    found
}
