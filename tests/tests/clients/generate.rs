//! `--generate`: completions that the shells accept, and a manual page.

use std::io::Write as _;
use std::process::{Command, Stdio};

use tests::harness::binaries::program;

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
