//! All there is of a machine: memory, and an end to a panic.

use core::{
    alloc::{GlobalAlloc, Layout},
    arch::wasm32,
    ptr,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

#[unsafe(no_mangle)]
extern "C" fn story() -> u64 {
    super::story()
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    wasm32::unreachable()
}

/// Hands out memory upwards and never takes it back: the story is played once.
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
