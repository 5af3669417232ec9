//! Where tensors live.

use burn::tensor::Device;

use crate::base::nearest;

/// The names of devices; all but `cpu` need the cargo feature of the same name.
const DEVICES: [&str; 4] = ["cpu", "wgpu", "cuda", "rocm"];

/// The device with a name, the first of its kind on the machine.
///
/// # Errors
/// Names the nearest, or says how to build a program that has it.
pub fn device(name: &str) -> Result<Device, String> {
    match name {
        "cpu" => Ok(Device::flex()),
        #[cfg(feature = "wgpu")]
        "wgpu" => Ok(Device::wgpu(burn::tensor::DeviceKind::DefaultDevice)),
        #[cfg(feature = "cuda")]
        "cuda" => Ok(Device::cuda(0)),
        #[cfg(feature = "rocm")]
        "rocm" => Ok(Device::rocm(0)),
        _ if DEVICES.contains(&name) => {
            Err(format!("this build has no device `{name}`; build it with `cargo build --release --features {name}`"))
        }
        _ => Err(match nearest(name, DEVICES) {
            Some(near) => format!("no device is called `{name}`; did you mean `{near}`?"),
            None => format!("no device is called `{name}`; known are {}", DEVICES.join(", ")),
        }),
    }
}
