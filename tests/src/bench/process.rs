//! CPU time and memory of a process, as the operating system tells them in `/proc`, if there is one.

use std::time::Duration;

/// A process to look at.
#[derive(Debug, Clone, Copy)]
pub struct Process(pub u32);

impl Process {
    /// CPU time of all its threads so far, in user and kernel mode.
    pub fn cpu(self) -> Option<Duration> {
        let mut nanos = 0;
        for task in std::fs::read_dir(format!("/proc/{}/task", self.0)).ok()? {
            // Nanoseconds, where /proc/PID/stat has hundredths of a second.
            let Ok(line) = std::fs::read_to_string(task.ok()?.path().join("schedstat")) else {
                continue;
            };
            nanos += line.split(' ').next()?.parse::<u64>().ok()?;
        }
        Some(Duration::from_nanos(nanos))
    }

    /// The most memory it ever had, in bytes.
    pub fn peak_bytes(self) -> Option<u64> {
        self.status("VmHWM:")
    }

    /// The memory it has now, in bytes.
    pub fn resident_bytes(self) -> Option<u64> {
        self.status("VmRSS:")
    }

    fn status(self, key: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(key))?;
        Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
    }
}

/// Allows this process, and those it starts, `files` open files, as far as the system lets it; says how many it may.
pub fn allow_open_files(files: u64) -> u64 {
    rlimit::increase_nofile_limit(files).unwrap_or(0)
}
