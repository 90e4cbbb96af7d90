//! What a mosquitto.conf speaks of and what is there: files, directories, names of hosts. Paths are taken against the
//! working directory, as mosquitto takes them, and looked for at once.

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, ToSocketAddrs};
use std::path::{Path, PathBuf};

use super::line::Line;
use super::told::Told;

/// A directory that is to be read, where there is one.
pub(super) fn directory(line: &Line, main: &Path, told: &mut Told) -> Option<PathBuf> {
    let path = PathBuf::from(&line.rest);
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Some(path),
        Ok(_) => {
            told.wrong(
                &line.origin,
                format!(
                    "`{}` {}: that is a file; expected a directory",
                    line.name, line.rest
                ),
            );
            None
        }
        Err(error) => {
            told.wrong(&line.origin, unreadable(line, main, &error));
            None
        }
    }
}

/// Looks at a file that is to be read. What is wrong is told of the line that names it.
pub(super) fn file(line: &Line, main: &Path, told: &mut Told) {
    match File::open(&line.rest) {
        Ok(file) if file.metadata().is_ok_and(|found| found.is_dir()) => {
            told.wrong(
                &line.origin,
                format!(
                    "`{}` {}: that is a directory; expected a file",
                    line.name, line.rest
                ),
            );
        }
        Ok(_) => {}
        Err(error) => told.wrong(&line.origin, unreadable(line, main, &error)),
    }
}

/// Why a file or directory cannot be read, where it was looked for, and where it is.
fn unreadable(line: &Line, main: &Path, error: &std::io::Error) -> String {
    let Line { name, rest, .. } = line;
    let path = Path::new(rest);
    if error.kind() != ErrorKind::NotFound {
        return format!("`{name}` {rest}: cannot be read: {error}");
    }
    let mut text = format!("`{name}` {rest}: there is no such file");
    if let Some((before, _)) = rest.split_once(" #")
        && Path::new(before.trim()).exists()
    {
        return format!(
            "{text}; a comment needs a line of its own, since the whole rest of this one is the path"
        );
    }
    if path.is_relative() {
        let looked = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        text = format!(
            "{text}; looked for {}, since paths are taken against the working directory, as mosquitto takes them",
            looked.display()
        );
        let beside = main.parent().unwrap_or(Path::new("")).join(path);
        if beside.exists() {
            let beside = std::path::absolute(&beside).unwrap_or(beside);
            text = format!(
                "{text}. Beside {} there is one: write {}",
                main.display(),
                beside.display()
            );
        }
    }
    text
}

/// The directory for what is to outlive the broker, where mosquitto would keep it; or why there can be none.
pub(super) fn state_directory(location: &str) -> Result<String, String> {
    let parent = Path::new(if location.is_empty() { "." } else { location });
    if !parent.is_dir() {
        return Err(format!(
            "there is no directory {location}, which mosquitto would miss, too"
        ));
    }
    let directory = Path::new(location).join("citronella");
    let written = if directory.is_dir() { &directory } else { parent };
    let probe = written.join(format!(".{}.tmp", std::process::id()));
    File::create(&probe).map_err(|error| format!("{} cannot be written to: {error}", written.display()))?;
    // It was made just now, so that it can be removed.
    let _ = fs::remove_file(&probe);
    Ok(directory.display().to_string())
}

/// mosquitto's database, if there is one: what should be known of it.
pub(super) fn database(location: &str, file: &str) -> Option<String> {
    let database = Path::new(location).join(file);
    let size = fs::metadata(&database).ok()?.len();
    Some(format!(
        "{} ({size} bytes) is there, is not read, and stays as it is",
        database.display()
    ))
}

/// The addresses of a host.
pub(super) fn resolve(host: &str) -> Result<Vec<IpAddr>, String> {
    if host == "localhost" {
        return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
    }
    if let Ok(address) = host.trim_matches(['[', ']']).parse() {
        return Ok(vec![address]);
    }
    let found = (host, 0).to_socket_addrs().map_err(|error| error.to_string())?;
    let mut addresses = Vec::new();
    for found in found {
        if !addresses.contains(&found.ip()) {
            addresses.push(found.ip());
        }
    }
    Ok(addresses)
}

/// The files of a directory that end in `.conf`, in mosquitto's order, each with its bytes or why it cannot be read.
pub(super) fn files_in(
    directory: &Path,
    line: &Line,
    told: &mut Told,
) -> Vec<(PathBuf, Result<Vec<u8>, String>)> {
    let entries = match fs::read_dir(directory) {
        Ok(entries) => entries,
        Err(error) => {
            let text = format!("`include_dir` {}: cannot be read: {error}", directory.display());
            told.wrong(&line.origin, text);
            return Vec::new();
        }
    };
    let mut names: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    names.retain(|path| path.extension().is_some_and(|ending| ending == "conf"));
    names.sort_by(|one, other| in_order(&one.to_string_lossy(), &other.to_string_lossy()));
    let read = |path: PathBuf| {
        let bytes = fs::read(&path).map_err(|error| format!("cannot be read: {error}"));
        (path, bytes)
    };
    names.into_iter().map(read).collect()
}

/// Letter by letter, an upper case one right before its lower case one.
fn in_order(one: &str, other: &str) -> Ordering {
    let letters = |text: &str| -> Vec<(u8, u8)> {
        text.bytes()
            .map(|byte| (byte.to_ascii_uppercase(), byte))
            .collect()
    };
    letters(one).cmp(&letters(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_come_in_the_order_of_the_manual() {
        let mut names = ["b.conf", "A.conf", "01.conf", "a.conf", "B.conf", "00.conf"];
        names.sort_by(|one, other| in_order(one, other));
        assert_eq!(
            names,
            ["00.conf", "01.conf", "A.conf", "a.conf", "B.conf", "b.conf"]
        );
    }
}
