//! The documentation of the broker teaches it alone: what a newcomer meets has an example that runs. That is every public
//! module, type, trait, function and constant, every method that can only be shown on a running broker because it returns an
//! `Answer`, and every key of the settings. Here this is held against the sources: which items can be reached from outside,
//! and whether the documentation of each has a block of Rust.
//!
//! Other methods need no example; neither do variants and fields. What is `#[doc(hidden)]` is not documented.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use syn::{Attribute, Expr, ImplItem, Item, Lit, Meta, ReturnType, Signature, Type, UseTree, Visibility};
use tests::harness::binaries::workspace;
use tests::harness::source::{name_of, read};

/// One module of the crate.
struct Module {
    /// From the root: `expect::pattern`.
    path: Vec<String>,
    file: PathBuf,
    docs: String,
    /// Reached by `pub mod` alone.
    is_public: bool,
    items: Vec<Item>,
}

/// Reads the module in `file` and all below it.
fn read_modules(file: &Path, path: &[String], is_public: bool, found: &mut Vec<Module>) {
    let source = syn::parse_file(&read(file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    let is_root = path.is_empty();
    let folder = match file.file_name() {
        _ if is_root => file.parent().expect("a file lies somewhere").to_owned(),
        Some(name) if name == "mod.rs" => file.parent().expect("a file lies somewhere").to_owned(),
        _ => file.with_extension(""),
    };
    for item in &source.items {
        if let Item::Mod(module) = item
            && module.content.is_none()
            && !is_left_out(&module.attrs)
        {
            let name = module.ident.to_string();
            let inside = [path, std::slice::from_ref(&name)].concat();
            let beside = folder.join(format!("{name}.rs"));
            let file = if beside.is_file() {
                beside
            } else {
                folder.join(name).join("mod.rs")
            };
            read_modules(&file, &inside, is_public && is_pub(&module.vis), found);
        }
    }
    found.push(Module {
        path: path.to_vec(),
        file: file.to_owned(),
        docs: docs(&source.attrs),
        is_public,
        items: source.items,
    });
}

/// What is asked of a running broker.
fn returns_an_answer(signature: &Signature) -> bool {
    let ReturnType::Type(_, returned) = &signature.output else {
        return false;
    };
    let Type::Path(path) = &**returned else {
        return false;
    };
    path.path
        .segments
        .last()
        .is_some_and(|last| last.ident == "Answer")
}

fn is_pub(visibility: &Visibility) -> bool {
    matches!(visibility, Visibility::Public(_))
}

/// For tests alone, or hidden from the documentation.
fn is_left_out(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        let Meta::List(list) = &attribute.meta else {
            return false;
        };
        let inside = list.tokens.to_string();
        (list.path.is_ident("cfg") && inside == "test") || (list.path.is_ident("doc") && inside == "hidden")
    })
}

fn docs(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match &doc.value {
            Expr::Lit(text) => match &text.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Whether a block of Rust stands in it that is run: not `text`, not `no_run`, not `ignore`.
fn has_example(docs: &str) -> bool {
    let fences = docs.lines().filter_map(|line| line.trim().strip_prefix("```"));
    // Every other one begins a block.
    fences
        .step_by(2)
        .any(|language| matches!(language, "" | "rust" | "should_panic" | "compile_fail"))
}

/// The names that a `use` brings, each with the path it comes from.
fn uses(tree: &UseTree, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match tree {
        UseTree::Path(part) => {
            path.push(part.ident.to_string());
            uses(&part.tree, path, found);
            path.pop();
        }
        UseTree::Name(name) => found.push([&path[..], &[name.ident.to_string()]].concat()),
        UseTree::Rename(name) => found.push([&path[..], &[name.ident.to_string()]].concat()),
        UseTree::Group(group) => group.items.iter().for_each(|tree| uses(tree, path, found)),
        UseTree::Glob(_) => panic!("name what is public: a glob of {path:?} hides it from this test"),
    }
}

/// Name, documentation and kind of an item that stands in a module, if it is one that can be public.
fn named(item: &Item) -> Option<(String, &Visibility, &[Attribute])> {
    let (name, visibility, attributes) = match item {
        Item::Const(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Enum(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Fn(it) => (&it.sig.ident, &it.vis, &it.attrs),
        Item::Static(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Struct(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Trait(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Type(it) => (&it.ident, &it.vis, &it.attrs),
        Item::Union(it) => (&it.ident, &it.vis, &it.attrs),
        _ => return None,
    };
    Some((name.to_string(), visibility, attributes))
}

/// The crate: its modules, and which names in which modules can be reached from outside.
struct Crate {
    modules: Vec<Module>,
    /// Module and name.
    exported: BTreeSet<(Vec<String>, String)>,
}

impl Crate {
    fn read(package: &str) -> Self {
        let mut modules = Vec::new();
        let root = workspace().join(package).join("src/lib.rs");
        read_modules(&root, &[], true, &mut modules);
        let mut it = Self {
            modules,
            exported: BTreeSet::new(),
        };
        let public: Vec<Vec<String>> = it
            .modules
            .iter()
            .filter(|module| module.is_public)
            .map(|module| module.path.clone())
            .collect();
        for module in public {
            it.export_module(&module);
        }
        it
    }

    fn module(&self, path: &[String]) -> Option<&Module> {
        self.modules.iter().find(|module| module.path == path)
    }

    /// Everything that stands in a public module, or is brought there.
    fn export_module(&mut self, path: &[String]) {
        let module = self.module(path).expect("it was read");
        let mut names = Vec::new();
        let mut brought = Vec::new();
        for item in &module.items {
            if let Some((name, visibility, attributes)) = named(item)
                && is_pub(visibility)
                && !is_left_out(attributes)
            {
                names.push(name);
            }
            if let Item::Use(item) = item
                && is_pub(&item.vis)
                && !is_left_out(&item.attrs)
            {
                uses(&item.tree, &mut Vec::new(), &mut brought);
            }
        }
        for name in names {
            self.exported.insert((path.to_vec(), name));
        }
        for from in brought {
            self.export(path, &from);
        }
    }

    /// What `use from` in the module `at` means, followed to where it stands. Other crates' items are theirs to document.
    fn export(&mut self, at: &[String], from: &[String]) {
        let absolute: Vec<String> = match from[0].as_str() {
            "crate" => from[1..].to_vec(),
            "self" => [at, &from[1..]].concat(),
            "super" => [&at[..at.len() - 1], &from[1..]].concat(),
            first if self.module(&[at, &[first.to_owned()]].concat()).is_some() => [at, from].concat(),
            _ => return,
        };
        let (name, module) = absolute.split_last().expect("a use names something");
        let Some(module) = self.module(module) else { return };
        let path = module.path.clone();
        let stands_here = module
            .items
            .iter()
            .any(|item| named(item).is_some_and(|(found, ..)| found == *name));
        if stands_here {
            self.exported.insert((path, name.clone()));
            return;
        }
        let mut brought = Vec::new();
        for item in &module.items {
            if let Item::Use(item) = item {
                uses(&item.tree, &mut Vec::new(), &mut brought);
            }
        }
        match brought.into_iter().find(|from| from.last() == Some(name)) {
            Some(from) => self.export(&path, &from),
            // A macro made it: the lines of macros are looked at for themselves.
            None => {
                self.exported.insert((path, name.clone()));
            }
        }
    }

    /// Whether the type that an `impl` in `module` is for can be reached. Of several with its name it is the one that
    /// stands nearest; where that is not clear, any that can be reached.
    fn is_exported_type(&self, module: &[String], name: &str) -> bool {
        let defined: Vec<&Module> = self
            .modules
            .iter()
            .filter(|module| {
                let here = |item: &Item| named(item).is_some_and(|(found, ..)| found == name);
                module.items.iter().any(here)
            })
            .collect();
        if defined.is_empty() {
            // A macro made it.
            return self.exported.iter().any(|(_, exported)| exported == name);
        }
        let exported = |it: &&Module| self.exported.contains(&(it.path.clone(), name.to_owned()));
        let here: Vec<_> = defined.iter().filter(|it| it.path == module).copied().collect();
        let room: Vec<_> = defined
            .iter()
            .filter(|it| it.path.first() == module.first())
            .copied()
            .collect();
        let nearest = [here, room, defined].into_iter().find(|some| !some.is_empty());
        nearest.is_some_and(|some| some.iter().any(exported))
    }

    /// Everything that lacks an example.
    fn without_example(&self) -> (usize, Vec<String>) {
        let mut looked_at = 0;
        let mut lacking = Vec::new();
        let mut check = |module: &Module, name: &str, docs: &str| {
            looked_at += 1;
            if !has_example(docs) {
                lacking.push(format!("{}: {name}", name_of(&module.file)));
            }
        };
        for module in &self.modules {
            if module.is_public {
                check(module, "the module", &module.docs);
            }
            for item in &module.items {
                match item {
                    Item::Impl(it) if it.trait_.is_none() => {
                        let Type::Path(path) = &*it.self_ty else { continue };
                        let of = path
                            .path
                            .segments
                            .last()
                            .expect("a path has parts")
                            .ident
                            .to_string();
                        if !self.is_exported_type(&module.path, &of) {
                            continue;
                        }
                        for item in &it.items {
                            if let ImplItem::Fn(it) = item
                                && is_pub(&it.vis)
                                && !is_left_out(&it.attrs)
                                && returns_an_answer(&it.sig)
                            {
                                check(module, &format!("{of}::{}", it.sig.ident), &docs(&it.attrs));
                            }
                        }
                    }
                    _ => {
                        let Some((name, _, attributes)) = named(item) else {
                            continue;
                        };
                        if !self.exported.contains(&(module.path.clone(), name.clone())) {
                            continue;
                        }
                        check(module, &name, &docs(attributes));
                    }
                }
            }
            let makes_public = module.is_public || self.exported.iter().any(|(path, _)| *path == module.path);
            if makes_public {
                for (name, docs) in made_by_macros(&read(&module.file)) {
                    check(module, &name, &docs);
                }
            }
        }
        (looked_at, lacking)
    }
}

/// What macros of this file make public, with its documentation: types in their definitions, and the functions that are
/// listed by name where they are used.
fn made_by_macros(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut inside = false;
    let mut docs = Vec::new();
    for line in source.lines() {
        let begins = line.starts_with("macro_rules! ") || (line.ends_with("! {") && !line.starts_with(' '));
        inside = (inside || begins) && line != "}";
        let code = line.trim();
        if let Some(doc) = code.strip_prefix("///") {
            docs.push(doc.trim_start().to_owned());
            continue;
        }
        if code.starts_with("#[example = ") {
            // The macro of the settings makes a block of it.
            docs.push("```".to_owned());
            continue;
        }
        if code.starts_with("#[") || code.starts_with("$(#[") {
            continue;
        }
        let docs = std::mem::take(&mut docs);
        if !inside || docs.is_empty() {
            continue;
        }
        // A `pub fn` there is a method.
        let item = ["pub struct ", "pub enum "]
            .iter()
            .find_map(|start| code.strip_prefix(start));
        let name: String = item
            .unwrap_or(code)
            .chars()
            .take_while(|c| c.is_alphanumeric() || *c == '_')
            .collect();
        let rest = &code[name.len().min(code.len())..];
        let is_listed_function = name.starts_with(char::is_lowercase)
            && rest.starts_with([':', ';'])
            && rest.ends_with(';')
            && !rest.contains('=');
        if item.is_some() || is_listed_function {
            found.push((name, docs.join("\n")));
        }
    }
    found
}

/// Holds a package to it; it has at least so many items, so that this test sees what is there.
fn assert_taught(package: &str, at_least: usize) {
    let (looked_at, lacking) = Crate::read(package).without_example();
    assert!(
        looked_at >= at_least,
        "only {looked_at} items in {package}: this test reads them wrong"
    );
    assert_eq!(lacking, [""; 0], "show in three lines what it is for");
}

#[test]
fn every_public_item_of_the_broker_has_an_example_that_runs() {
    assert_taught("broker", 50);
}

#[test]
fn so_has_every_public_item_of_its_settings() {
    assert_taught("config", 40);
}

#[test]
fn what_counts_as_an_example() {
    assert!(has_example("Says it.\n\n```\nassert!(true);\n```"));
    assert!(has_example("```text\na picture\n```\n\n```\nassert!(true);\n```"));
    assert!(!has_example("Says it."));
    assert!(!has_example("```text\na picture\n```"));
    assert!(!has_example("```no_run\nlet it = broker;\n```"));
}
