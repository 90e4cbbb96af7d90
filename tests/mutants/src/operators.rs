//! What is put in the place of what.

/// Other operators for this one.
pub fn other_operator(operator: &str) -> &'static [&'static str] {
    match operator {
        "<" => &["<=", ">="],
        "<=" => &["<", ">"],
        ">" => &[">=", "<="],
        ">=" => &[">", "<"],
        "==" => &["!="],
        "!=" => &["=="],
        "&&" => &["||"],
        "||" => &["&&"],
        "+" => &["-"],
        "-" => &["+"],
        "*" => &["/"],
        "/" | "%" => &["*"],
        "&" => &["|"],
        "|" | "^" => &["&"],
        "<<" => &[">>"],
        ">>" => &["<<"],
        "+=" => &["-="],
        "-=" => &["+="],
        "*=" => &["/="],
        "|=" => &["&="],
        "&=" => &["|="],
        _ => &[],
    }
}

/// Another method that takes and gives the same.
pub fn other_method(name: &str) -> Option<&'static str> {
    Some(match name {
        "min" => "max",
        "max" => "min",
        "any" => "all",
        "all" => "any",
        "first" => "last",
        "last" => "first",
        "push_back" => "push_front",
        "push_front" => "push_back",
        "pop_front" => "pop_back",
        "pop_back" => "pop_front",
        "front" => "back",
        "back" => "front",
        "is_some" => "is_none",
        "is_none" => "is_some",
        "is_ok" => "is_err",
        "is_err" => "is_ok",
        "starts_with" => "ends_with",
        "ends_with" => "starts_with",
        "skip" => "take",
        "take_while" => "skip_while",
        "saturating_add" => "saturating_sub",
        "saturating_sub" => "saturating_add",
        "checked_add" => "checked_sub",
        "checked_sub" => "checked_add",
        "wrapping_add" => "wrapping_sub",
        "is_some_and" => "is_none_or",
        "is_none_or" => "is_some_and",
        _ => return None,
    })
}

/// Other values of a literal.
pub fn literal(lit: &syn::Lit) -> Vec<String> {
    match lit {
        syn::Lit::Bool(it) => vec![(!it.value).to_string()],
        syn::Lit::Int(it) => {
            let Ok(value) = it.base10_parse::<u128>() else {
                return Vec::new();
            };
            let beside = [value.checked_add(1), value.checked_sub(1)];
            beside
                .into_iter()
                .flatten()
                .map(|other| format!("{other}{}", it.suffix()))
                .collect()
        }
        _ => Vec::new(),
    }
}

/// What a function could return at once, by the type it gives; nothing where its whole body is that already.
pub fn entry(output: &syn::ReturnType, body: &str) -> Vec<&'static str> {
    let mut values = match output {
        syn::ReturnType::Default => vec!["()"],
        syn::ReturnType::Type(_, given) => match &**given {
            syn::Type::Path(path) => of_path(path),
            _ => Vec::new(),
        },
    };
    let body = body.trim_start_matches('{').trim_end_matches('}').trim();
    values.retain(|value| body != *value && !(body.is_empty() && *value == "()"));
    values
}

fn of_path(path: &syn::TypePath) -> Vec<&'static str> {
    let Some(last) = path.path.segments.last() else {
        return Vec::new();
    };
    match last.ident.to_string().as_str() {
        "bool" => vec!["true", "false"],
        "u8" | "u16" | "u32" | "u64" | "usize" | "i64" => vec!["0", "1"],
        "Option" => vec!["None"],
        "String" => vec!["String::new()"],
        "Vec" => vec!["Vec::new()"],
        "Result" if gives_unit(last) => vec!["Ok(())"],
        _ => Vec::new(),
    }
}

/// Whether it is a `Result<(), …>`.
fn gives_unit(result: &syn::PathSegment) -> bool {
    let syn::PathArguments::AngleBracketed(arguments) = &result.arguments else {
        return false;
    };
    matches!(arguments.args.first(), Some(syn::GenericArgument::Type(syn::Type::Tuple(unit))) if unit.elems.is_empty())
}

#[cfg(test)]
mod tests {
    use crate::find::find;

    /// What is found in a function with this body.
    fn found(body: &str) -> Vec<String> {
        let source = format!("fn f(a: u8, b: u8) -> R {{\n{body}\n}}");
        let mutants = find("broker/core/src/x.rs", &source).expect("it is Rust");
        mutants.into_iter().map(|mutant| mutant.what).collect()
    }

    #[test]
    fn what_can_be_changed_is_found() {
        assert_eq!(found("a < b"), ["a < b → (a) <= (b)", "a < b → (a) >= (b)"]);
        assert_eq!(
            found("if let Some(x) = a && x { go(); }"),
            ["x → !(x)", "without `go();`"]
        );
        assert_eq!(
            found("match a { 1 if b => true, _ => false }"),
            ["b → !(b)", "b → false", "true → false", "false → true"]
        );
        assert_eq!(found("for x in y { go(x) }"), ["the loop goes round once"]);
        assert_eq!(
            found("y.iter().rev().any(f)"),
            [
                "y.iter().rev() → y.iter()",
                "y.iter().rev().any(f) → y.iter().rev().all(f)"
            ]
        );
    }

    #[test]
    fn what_is_decided_before_the_program_runs_is_left_alone() {
        assert_eq!(found("const N: u8 = 3; let x: [u8; 4] = [a; 4]; x"), [""; 0]);
        assert_eq!(found("matches!(a, 1 | 2)"), [""; 0]);
        let tests = find("x.rs", "#[cfg(test)] mod tests { fn f() -> bool { true } }").expect("it is Rust");
        assert!(tests.is_empty());
        let words = find("x.rs", "impl fmt::Display for X { fn g() -> bool { 1 < 2 } }").expect("it is Rust");
        assert!(words.is_empty());
    }
}
