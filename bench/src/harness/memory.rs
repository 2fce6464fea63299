//! How much memory this process has.

use tidegate::Result;

/// Resident memory now, in bytes.
pub fn resident() -> Result<u64> {
    field("VmRSS:")
}

/// The most resident memory so far, in bytes.
pub fn peak() -> Result<u64> {
    field("VmHWM:")
}

fn field(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")
        .map_err(|error| format!("memory is measured by way of /proc, which Linux has: {error}"))?;
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")).and_then(|text| text.trim().parse().ok());
    kilobytes
        .map(|kilobytes: u64| kilobytes * 1024)
        .ok_or_else(|| format!("no {name} in /proc/self/status").into())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn resident_memory_grows_by_what_is_written_to() {
        let before = resident().expect("Linux");
        let block = vec![1u8; 64 << 20];
        let after = resident().expect("Linux");
        assert!(after >= before + block.len() as u64 / 2, "{before} {after}");
        assert!(peak().expect("Linux") >= before + block.len() as u64 / 2);
    }
}
