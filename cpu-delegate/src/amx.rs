//! The tile registers of AMX, of which a thread has eight: rows of 64 bytes, 16 at most.
//!
//! The compiler knows neither the registers nor the instructions, and so they are written as assembly. It never has anything in tiles
//! itself; what an instruction leaves in one stays there until another one writes to it.

use std::arch::asm;
use std::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
use std::marker::PhantomData;
use std::sync::LazyLock;

/// Rows of a tile.
pub(crate) const ROWS: usize = 16;
/// Bytes of a row of a tile.
pub(crate) const ROW_BYTES: usize = 64;

/// Whether the processor has tiles of 8-bit integers, and the system lets this process have them.
pub(crate) fn is_available() -> bool {
    static IS_AVAILABLE: LazyLock<bool> = LazyLock::new(|| has_instructions() && is_permitted());
    *IS_AVAILABLE
}

/// Whether the processor has the instructions, and the system keeps the registers of threads that it switches between.
fn has_instructions() -> bool {
    const OSXSAVE: u32 = 1 << 27;
    const AMX_TILE_AND_INT8: u32 = 0b11 << 24;
    const TILE_CONFIG_AND_DATA: u64 = 0b11 << 17;

    #[target_feature(enable = "xsave")]
    fn states() -> u64 {
        // SAFETY: register 0 is always there.
        unsafe { _xgetbv(0) }
    }
    if __cpuid(0).eax < 7 || __cpuid(1).ecx & OSXSAVE == 0 {
        return false;
    }
    let has_tiles = __cpuid_count(7, 0).edx & AMX_TILE_AND_INT8 == AMX_TILE_AND_INT8;
    // SAFETY: the system has made XGETBV available.
    has_tiles && unsafe { states() } & TILE_CONFIG_AND_DATA == TILE_CONFIG_AND_DATA
}

/// Asks Linux for the registers, which are too large for it to keep them for everyone. All threads get them.
#[cfg(target_os = "linux")]
fn is_permitted() -> bool {
    const ARCH_REQ_XCOMP_PERM: libc::c_long = 0x1023;
    const XFEATURE_XTILE_DATA: libc::c_long = 18;
    // SAFETY: this changes what the process may do, and none of its memory.
    unsafe {
        libc::syscall(
            libc::SYS_arch_prctl,
            ARCH_REQ_XCOMP_PERM,
            XFEATURE_XTILE_DATA,
        ) == 0
    }
}

/// Other systems need not be asked, or are not known.
#[cfg(not(target_os = "linux"))]
fn is_permitted() -> bool {
    false
}

/// The shapes of the eight tiles, as `LDTILECFG` reads them.
#[repr(C, align(64))]
struct Configuration {
    palette: u8,
    start_row: u8,
    reserved: [u8; 14],
    row_bytes: [u16; 16],
    rows: [u8; 16],
}

/// The tile registers of this thread, in these shapes until this is dropped: sums in tiles 0 to 3, activations in 4 and 5, and
/// weights in 6 and 7.
#[derive(Debug)]
pub(crate) struct Tiles(PhantomData<*const ()>);

impl Tiles {
    /// Tiles for products that sum so many groups of four bytes at a time, up to 16.
    ///
    /// # Safety
    /// AMX is available.
    pub(crate) unsafe fn new(groups: usize) -> Self {
        assert!(
            (1..=ROWS).contains(&groups),
            "a tile has room for the groups"
        );
        let mut all = Configuration {
            palette: 1,
            start_row: 0,
            reserved: [0; 14],
            row_bytes: [0; 16],
            rows: [0; 16],
        };
        for tile in 0..8 {
            (all.rows[tile], all.row_bytes[tile]) = match tile {
                0..4 => (ROWS as u8, ROW_BYTES as u16),
                4 | 5 => (ROWS as u8, 4 * groups as u16),
                _ => (groups as u8, ROW_BYTES as u16),
            };
        }
        // SAFETY: the caller's promise; the configuration is whole.
        unsafe {
            asm!("ldtilecfg [{}]", in(reg) &raw const all, options(nostack, readonly, preserves_flags));
        }
        Tiles(PhantomData)
    }
}

impl Drop for Tiles {
    fn drop(&mut self) {
        // SAFETY: whoever made the tiles had them.
        unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
    }
}

/// Reads a tile whose rows lie `stride` bytes apart.
///
/// # Safety
/// [`Tiles`] are there, and as many rows of as many bytes as theirs.
#[inline(always)]
pub(crate) unsafe fn load<const TILE: usize>(first: *const u8, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tileloadd tmm{tile}, [{first} + {stride}]",
            tile = const TILE,
            first = in(reg) first,
            stride = in(reg) stride,
            options(nostack, readonly, preserves_flags),
        );
    }
}

/// Writes a tile to rows that lie `stride` bytes apart.
///
/// # Safety
/// [`Tiles`] are there, and room for as many rows of as many bytes as theirs.
#[inline(always)]
pub(crate) unsafe fn store<const TILE: usize>(first: *mut u8, stride: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tilestored [{first} + {stride}], tmm{tile}",
            tile = const TILE,
            first = in(reg) first,
            stride = in(reg) stride,
            options(nostack, preserves_flags),
        );
    }
}

/// Adds the products of a tile of unsigned bytes with one of signed bytes to a tile of sums.
///
/// # Safety
/// [`Tiles`] are there.
#[inline(always)]
pub(crate) unsafe fn multiply<const SUMS: usize, const UNSIGNED: usize, const SIGNED: usize>() {
    // SAFETY: the caller's promise.
    unsafe {
        asm!(
            "tdpbusd tmm{sums}, tmm{unsigned}, tmm{signed}",
            sums = const SUMS,
            unsigned = const UNSIGNED,
            signed = const SIGNED,
            options(nomem, nostack, preserves_flags),
        );
    }
}
