//! A directory of this system.

use broker_store::{Batch, Directory, Durability, OpenError, Options, Store};

#[test]
fn a_second_user_of_a_directory_is_refused() {
    let temp = tempfile::tempdir().expect("there is room");
    let path = temp.path().join("deep/state");
    let first = Directory::open(&path).expect("nobody has it");
    let error = Directory::open(&path).expect_err("it is taken");
    assert!(matches!(error, OpenError::Taken { .. }));
    let pid = std::process::id();
    if cfg!(unix) {
        assert_eq!(
            error.to_string(),
            format!(
                "{} is in use by process {pid}; two brokers cannot share a directory",
                path.display()
            )
        );
    }
    drop(first);
    Directory::open(&path).expect("it is free again");
}

#[test]
fn a_directory_that_is_a_file_is_said() {
    let temp = tempfile::tempdir().expect("there is room");
    let path = temp.path().join("file");
    std::fs::write(&path, "text").expect("there is room");
    let error = Directory::open(&path).expect_err("it is a file");
    assert!(
        error
            .to_string()
            .starts_with(&format!("{} cannot be made: ", path.display())),
        "{error}"
    );
}

#[cfg(unix)]
#[test]
fn others_read_nothing() {
    use std::os::unix::fs::PermissionsExt;
    let temp = tempfile::tempdir().expect("there is room");
    let path = temp.path().join("state");
    let directory = Directory::open(&path).expect("nobody has it");
    let (mut store, _) = Store::open(directory, Options::default()).expect("it is empty");
    store.take(one(b"key", b"value")).expect("there is room");
    store.commit().expect("there is room");
    let mode =
        |path: &std::path::Path| std::fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o700);
    for file in ["lock", "log-0000000001"] {
        assert_eq!(mode(&path.join(file)), 0o600, "{file}");
    }
}

fn one(key: &[u8], value: &[u8]) -> Batch {
    let mut batch = Batch::new();
    batch.put(key, value);
    batch
}

/// Many times what is live is written, and the directory stays within a few times of it.
#[test]
fn the_files_stay_bounded() {
    let temp = tempfile::tempdir().expect("there is room");
    let options = Options {
        durability: Durability::Os,
        compact_from_bytes: 100_000,
        portion_bytes: 20_000,
        ..Options::default()
    };
    let mut most = 0;
    for run in 0..3_u32 {
        let directory = Directory::open(temp.path()).expect("nobody has it");
        let (mut store, recovered) = Store::open(directory, options).expect("it is whole");
        assert_eq!(
            (recovered.through, recovered.dropped.len()),
            (u64::from(run) * 3000, 0)
        );
        for number in 0..3000_u32 {
            store
                .take(one(&(number % 100).to_be_bytes(), &[run as u8; 1000]))
                .expect("there is room");
            store.commit().expect("there is room");
            if store.wants_compaction() {
                store.compact(options.portion_bytes).expect("there is room");
            }
            let files = std::fs::read_dir(temp.path()).expect("it is there");
            let sizes = files.map(|file| file.expect("it is there").metadata().map_or(0, |file| file.len()));
            most = most.max(sizes.sum::<u64>());
        }
        let (keys, bytes) = store.live();
        assert_eq!((keys, bytes), (100, 100 * 1021));
    }
    // 306 kB and what was written since, a snapshot beside it, and the zeros ahead.
    assert!(most < 1_600_000, "{most} bytes, of 100 kB that are live");
}
