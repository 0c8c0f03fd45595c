//! Sets the linker's arguments for the platform.

fn main() {
    napi_build::setup();
}
