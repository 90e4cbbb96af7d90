//! Profiles of other brokers: those that the broker has, and files with one's own. What a profile is and does is in
//! [`profile`](crate::profile).
//!
//! ```
//! let profile = broker::profiles::find("bifromq")?;
//! let broker = broker::Broker::builder().profile("bifromq").start().wait()?;
//! let (held, _) = broker.profile().get().wait()?.expect("it has one");
//! assert_eq!(held.title, profile.title);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod built_in;
#[cfg(test)]
mod tests;

use std::fmt::Write as _;
use std::path::Path;

use settings::ScriptTable;

use crate::fault::Invalid;
use crate::pattern::nearest;
use crate::plain_file;
use crate::profile::Profile;

use built_in::BUILT_IN;

/// So many mistakes are told.
const MOST_TOLD: usize = 100;

/// The names of the profiles that the broker has.
///
/// ```
/// assert!(broker::profiles::names().any(|name| name == "aws-iot"));
/// ```
pub fn names() -> impl Iterator<Item = &'static str> + Clone {
    BUILT_IN.iter().map(|(name, _)| *name)
}

/// The profile of this name, or that of this file: a path with a `/` in it, or one that ends in `.toml`.
///
/// # Errors
/// There is none of this name, or all that is wrong with the file, each with its line.
///
/// ```
/// use broker::profiles;
///
/// let profile = profiles::find("aws-iot").expect("it is there");
/// assert_eq!(profile.title, "AWS IoT Core");
/// let error = profiles::find("aws-iott").unwrap_err();
/// assert!(error.to_string().contains(r#"did you mean "aws-iot"?"#), "{error}");
/// ```
pub fn find(name: &str) -> Result<Profile, Invalid> {
    if is_file(name) {
        return of_file(Path::new(name));
    }
    named(name).map_err(|mut wrong| {
        wrong.what += ", and files: a path with a / in it, or one that ends in .toml";
        wrong
    })
}

/// The profile of this name: none of a file.
///
/// # Errors
/// There is none of this name.
///
/// ```
/// assert!(broker::profiles::named("aws-iot").is_ok());
/// assert!(broker::profiles::named("./aws-iot.toml").is_err());
/// ```
pub fn named(name: &str) -> Result<Profile, Invalid> {
    let Some((name, text)) = BUILT_IN.iter().find(|(built_in, _)| *built_in == name) else {
        let near = nearest(name, names());
        let all = names().collect::<Vec<_>>().join(", ");
        return Err(Invalid {
            place: format!("profile {name:?}"),
            what: format!("there is no profile of this name{near}; there are {all}"),
        });
    };
    read(name, Path::new(name), text)
}

/// The profiles that the broker has, in the order of their names.
///
/// ```
/// for profile in broker::profiles::all() {
///     println!("{}: {} limits", profile.title, profile.limits.len());
/// }
/// ```
pub fn all() -> impl Iterator<Item = Profile> {
    // A test reads each of them.
    names().filter_map(|name| named(name).ok())
}

/// Whether this is the path of a file, and no name.
pub(crate) fn is_file(name: &str) -> bool {
    let path = Path::new(name);
    let is_toml = path
        .extension()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("toml"));
    is_toml || name.contains(['/', '\\'])
}

fn of_file(path: &Path) -> Result<Profile, Invalid> {
    let invalid = |what| Invalid {
        place: format!("profile {}", path.display()),
        what,
    };
    let bytes = plain_file::read(path).map_err(|error| invalid(format!("cannot read it: {error}")))?;
    let text = String::from_utf8(bytes).map_err(|_| invalid("it is not text".to_owned()))?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    read(&name, path, &text)
}

/// Reads the text of a profile. All that is wrong is told, line by line.
fn read(name: &str, path: &Path, text: &str) -> Result<Profile, Invalid> {
    let table = settings::whole_table("profile", path, text).map_err(|error| Invalid {
        place: format!("profile {name:?}"),
        what: error.to_string(),
    })?;
    Profile::from_json_or_all_wrongs(name, &table.value).map_err(|wrongs| told(name, &table, &wrongs))
}

fn told(name: &str, table: &ScriptTable, wrongs: &[Invalid]) -> Invalid {
    let called = format!("profile {name:?}");
    let mut lines: Vec<(usize, String)> = wrongs
        .iter()
        .map(|wrong| {
            let place = wrong.place.strip_prefix(&called).unwrap_or_default();
            let place = place.strip_prefix(": ").unwrap_or_default();
            let line = table.line_of(place);
            let colon = if place.is_empty() { "" } else { ": " };
            (
                line,
                format!("{}:{line}: {place}{colon}{}", table.path.display(), wrong.what),
            )
        })
        .collect();
    lines.sort_by_key(|(line, _)| *line);
    let what = match &lines[..] {
        [(_, one)] => one.clone(),
        all => {
            let mut what = format!("{} mistakes:", all.len());
            for (_, one) in all.iter().take(MOST_TOLD) {
                let _ = write!(what, "\n  {one}");
            }
            match all.len().saturating_sub(MOST_TOLD) {
                0 => {}
                more => drop(write!(what, "\n  and {more} more")),
            }
            what
        }
    };
    Invalid { place: called, what }
}
