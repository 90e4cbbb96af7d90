//! `--generate`: completions that the shells accept, and a manual page.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tests::harness::binaries::{program, target_dir};

fn generated(name: &str, what: &str) -> String {
    let output = program(name).args(["--generate", what]).output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What `checker` says about `text` on its standard input; `None`, with a note, when it is not installed.
fn check(checker: &str, arguments: &[&str], text: &str) -> Option<(bool, String)> {
    let child = Command::new(checker)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        println!("skipped: {checker} is not installed");
        return None;
    };
    let mut stdin = child.stdin.take().unwrap();
    let text = text.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().ok();
    let said = [output.stdout, output.stderr].concat();
    Some((
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    ))
}

#[test]
fn shells_take_the_completions() {
    for name in ["publisher", "subscriber"] {
        for (shell, mark) in [
            ("bash", format!("complete -F _{name} ")),
            ("zsh", format!("#compdef {name}")),
            ("fish", format!("complete -c {name} ")),
            ("elvish", format!("set edit:completion:arg-completer[{name}]")),
            (
                "powershell",
                format!("Register-ArgumentCompleter -Native -CommandName '{name}'"),
            ),
        ] {
            let script = generated(name, shell);
            assert!(script.contains(&mark), "{mark} is not in {script}");
        }
        for (shell, arguments) in [
            ("bash", &["-n"][..]),
            ("zsh", &["-n"]),
            ("fish", &["--no-execute"]),
        ] {
            let script = generated(name, shell);
            assert!(
                script.contains("--will-topic") || script.contains("will-topic"),
                "{script}"
            );
            if let Some((fine, said)) = check(shell, arguments, &script) {
                assert!(fine && said.is_empty(), "{shell}: {said}");
            }
        }
        for shell in ["elvish", "powershell"] {
            assert!(generated(name, shell).contains("will-topic"));
        }
    }
}

#[test]
fn bash_completes_a_flag() {
    let script = generated("subscriber", "bash");
    let script = format!(
        "{script}\nCOMP_WORDS=(subscriber --retain-h); COMP_CWORD=1\n_subscriber subscriber --retain-h subscriber\n\
         echo \"${{COMPREPLY[@]}}\"\n"
    );
    if let Some((_, said)) = check("bash", &["--norc"], &script) {
        assert_eq!(said.trim(), "--retain-handling");
    }
}

#[test]
fn fish_completes_flags_and_values() {
    let script = generated("publisher", "fish");
    let asked = [
        "publisher --repeat-",
        "publisher -q ",
        "publisher --will-qos 1 -V ",
        "publisher -m ",
    ]
    .map(|line| format!("complete -C '{line}'\necho .\n"));
    if let Some((_, said)) = check("fish", &["--no-config"], &format!("{script}\n{}", asked.concat())) {
        let offered = |part: &str| {
            let words = part.lines().filter_map(|line| line.split('\t').next());
            let mut words: Vec<String> = words.map(str::to_owned).collect();
            words.sort();
            words.join(" ")
        };
        let offers: Vec<String> = said.split(".\n").map(offered).collect();
        assert_eq!(
            offers,
            ["--repeat-delay", "0 1 2", "mqttv31 mqttv311 mqttv5", "", ""]
        );
    }
}

#[test]
fn zsh_completes_a_flag_and_a_value() {
    let folder = target_dir().join(format!("tmp/zsh-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("_subscriber"), generated("subscriber", "zsh")).unwrap();
    // A zsh at a terminal of its own, since only there it completes.
    let script = format!(
        "zmodload zsh/zpty\n\
         zpty z env TERM=dumb zsh -f -i\n\
         zpty -w z 'unsetopt zle_bracketed_paste; fpath=({folder} $fpath); autoload -Uz compinit; compinit -u -d {folder}/dump'\n\
         zpty -w z 'bindkey \"^I\" complete-word; echo rea\"\"dy'\n\
         zpty -r -m z out '*ready*'\n\
         zpty -w -n z $'subscriber --retain-h\\t'\n\
         zpty -r -m z out '*--retain-handling*' && echo flag\n\
         zpty -w -n z $'x --layout term\\t'\n\
         zpty -r -m z out '*terminal*' && echo value\n",
        folder = folder.display()
    );
    let said = check("zsh", &["-f"], &script);
    std::fs::remove_dir_all(&folder).unwrap();
    if let Some((_, said)) = said {
        assert_eq!(said, "flag\nvalue\n");
    }
}

#[test]
fn the_manual_page_can_be_read() {
    for name in ["publisher", "subscriber"] {
        let page = generated(name, "man");
        assert!(page.contains(&format!(".TH {name}")), "{page}");
        if let Some((fine, said)) = check("man", &["-l", "-"], &page) {
            assert!(fine, "{said}");
            assert!(
                said.contains("--will-topic") && said.contains("--trace"),
                "{said}"
            );
        }
    }
}
