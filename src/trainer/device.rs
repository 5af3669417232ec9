//! Where tensors live.

use burn::tensor::Device;

/// The device with a name: `cpu`, or `gpu` where a GPU backend was compiled in.
///
/// # Errors
/// Says how to build a program that has it.
pub fn device(name: &str) -> Result<Device, String> {
    match name {
        "cpu" => Ok(Device::flex()),
        "gpu" => gpu(),
        _ => Err(format!("no device is called `{name}`; known are `cpu` and `gpu`")),
    }
}

#[cfg(feature = "wgpu")]
fn gpu() -> Result<Device, String> {
    Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice))
}

#[cfg(not(feature = "wgpu"))]
fn gpu() -> Result<Device, String> {
    Err("this build has no GPU backend; build it with `cargo build --release --features wgpu`".to_owned())
}
