//! Shows that the core asks nothing of the machine it runs on: no clock, no files, no randomness, no threads.
//!
//! Built for `wasm32-unknown-unknown`, this crate exports one function that drives the public API. Two things keep the
//! core pure. Whatever the core wanted from outside would be an import of the module, and `scripts/purity` demands
//! that there are none. And this crate defines the panic handler and the allocator, of which a program has one each:
//! if any dependency used `std`, which has its own, the build would fail.

#![no_std]

extern crate alloc;

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32,
    hint::black_box,
    ptr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

/// Drives the public API and answers with a number that depends on all of it, so that nothing is optimised away.
#[unsafe(no_mangle)]
pub extern "C" fn drive() -> u64 {
    let id: Result<reynolds::id::EffectId, _> = black_box("42.7").parse();
    id.map_or(0, |id| id.seq.0 + u64::from(id.ordinal))
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}

/// Hands out memory upwards and never takes it back: the function above runs once.
struct Bump(AtomicUsize);

#[global_allocator]
static MEMORY: Bump = Bump(AtomicUsize::new(0));

const PAGE: usize = 64 * 1024;

// SAFETY: WebAssembly without threads runs one function at a time, so a block is handed out once; `next` starts at the
// end of the module's own memory and only grows, so blocks never overlap each other or anything else.
unsafe impl GlobalAlloc for Bump {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let next = match self.0.load(Relaxed) {
            0 => wasm32::memory_size::<0>() * PAGE,
            next => next,
        };
        let start = next.next_multiple_of(layout.align());
        let end = start + layout.size();
        let missing = end.saturating_sub(wasm32::memory_size::<0>() * PAGE).div_ceil(PAGE);
        if missing > 0 && wasm32::memory_grow::<0>(missing) == usize::MAX {
            return ptr::null_mut();
        }
        self.0.store(end, Relaxed);
        ptr::with_exposed_provenance_mut(start)
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}
