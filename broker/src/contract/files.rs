//! Documents and schemas in files. What they refer to lies in the folder of the document, or below it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use broker_contract::{Document, Place, Told};

use crate::plain_file;

/// The folder of a document, out of which nothing is read.
struct Folder {
    path: PathBuf,
}

impl Folder {
    fn read(&self, name: &str) -> Result<String, String> {
        let path = self.path.join(name);
        let whole = path.canonicalize().map_err(|error| error.to_string())?;
        // A link may lead elsewhere.
        if !whole.starts_with(&self.path) {
            return Err("it is a link out of the folder of the document".to_owned());
        }
        plain_file::read_text(&whole).map_err(|error| error.to_string())
    }
}

/// The folder of a file, and the name that it has there.
fn folder(path: &Path) -> Result<(Folder, String), String> {
    let name = path.file_name().ok_or("it is not the path of a file")?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let whole = folder.canonicalize().map_err(|error| error.to_string())?;
    Ok((Folder { path: whole }, name.to_string_lossy().into_owned()))
}

/// Where documents and schemas are read from.
#[derive(Debug)]
pub(crate) enum Files<'a> {
    /// Each path is one of this machine.
    OfThisMachine,
    /// These, by name, and no others.
    #[cfg_attr(not(feature = "http"), allow(dead_code))]
    Given(&'a BTreeMap<String, String>),
}

impl Files<'_> {
    /// The AsyncAPI document in this file.
    pub fn document(&self, path: &Path) -> Result<Document, Vec<Told>> {
        self.with(path, Document::read)
    }

    /// Does something with the name of a file and what reads it and those beside it.
    pub fn with<T>(
        &self,
        path: &Path,
        work: impl FnOnce(&str, broker_contract::Read<'_>) -> Result<T, Vec<Told>>,
    ) -> Result<T, Vec<Told>> {
        match self {
            Self::Given(files) => work(&path.to_string_lossy(), &mut |name| text_of(files, name)),
            Self::OfThisMachine => match folder(path) {
                Ok((folder, name)) => work(&name, &mut |name| folder.read(name)),
                Err(why) => {
                    let place = Place {
                        file: path.to_string_lossy().into(),
                        line: 1,
                    };
                    let what = format!("cannot be read: {why}");
                    Err(vec![Told { place, what }])
                }
            },
        }
    }
}

fn text_of(files: &BTreeMap<String, String>, name: &str) -> Result<String, String> {
    files
        .get(name)
        .cloned()
        .ok_or_else(|| "no file of this name came along".to_owned())
}

/// Adds this file, and those that it refers to, to what goes along with a request. Gives its name there.
pub(crate) fn given(path: &Path, all: &mut BTreeMap<String, String>) -> Result<String, String> {
    let mut found = BTreeMap::new();
    let read = |name: &str, read: broker_contract::Read<'_>| {
        let mut keep = |file: &str| {
            let text = read(file)?;
            found.insert(file.to_owned(), text.clone());
            Ok(text)
        };
        broker_contract::Files::read(name, &mut keep)?;
        Ok(name.to_owned())
    };
    let name = Files::OfThisMachine
        .with(path, read)
        .map_err(|wrong| super::lines(&wrong))?;
    for (file, text) in found {
        if all.get(&file).is_some_and(|other| *other != text) {
            return Err(format!(
                "{}: another file that goes along is called {file}, too; rename one of them",
                path.display()
            ));
        }
        all.insert(file, text);
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_beside_a_document_is_read_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("inner");
        std::fs::create_dir(&inner).unwrap();
        std::fs::write(folder.path().join("outside.yaml"), "m: {}\n").unwrap();
        std::fs::write(inner.join("beside.yaml"), "m: {name: x}\n").unwrap();
        let document = |reference: &str| {
            let text = format!(
                "asyncapi: 3.0.0\nchannels:\n  a: {{address: a, messages: {{m: {{$ref: '{reference}#/m'}}}}}}\n"
            );
            let path = inner.join("main.yaml");
            std::fs::write(&path, text).unwrap();
            Files::OfThisMachine
                .document(&path)
                .map(|document| document.channels[0].messages[0].name.clone())
        };
        assert_eq!(document("beside.yaml").unwrap(), "x");
        assert!(
            document("../outside.yaml").unwrap_err()[0]
                .what
                .contains("leads out of the folder")
        );
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink("../outside.yaml", inner.join("link.yaml")).unwrap();
            let wrong = document("link.yaml").unwrap_err();
            assert!(wrong[0].what.contains("a link out of the folder"), "{wrong:?}");
        }
        let wrong = Files::OfThisMachine
            .document(Path::new("no/such/file.yaml"))
            .unwrap_err();
        assert!(wrong[0].what.starts_with("cannot be read: "), "{wrong:?}");
    }
}
