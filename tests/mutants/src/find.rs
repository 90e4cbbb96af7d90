//! Finds what can be changed in a file, and leaves alone what is decided before the program runs (constants, patterns,
//! types), what is a test, and what is words (`Display`, `Debug`).

use proc_macro2::{LineColumn, Span};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};

use crate::mutant::Mutant;
use crate::operators::{entry, literal, other_method, other_operator};

/// All mutants of one file, in the order of the source.
///
/// # Errors
/// The file is no Rust.
pub fn find(file: &str, source: &str) -> Result<Vec<Mutant>, String> {
    let syntax = syn::parse_file(source).map_err(|error| format!("{file}: {error}"))?;
    let mut lines = vec![0];
    lines.extend(source.match_indices('\n').map(|(at, _)| at + 1));
    let mut finder = Finder {
        file,
        source,
        lines,
        function: String::new(),
        found: Vec::new(),
    };
    finder.visit_file(&syntax);
    finder
        .found
        .sort_by(|a, b| (a.from, a.to, &a.what).cmp(&(b.from, b.to, &b.what)));
    Ok(finder.found)
}

struct Finder<'a> {
    file: &'a str,
    source: &'a str,
    /// Where each line begins.
    lines: Vec<usize>,
    function: String,
    found: Vec<Mutant>,
}

impl<'a> Finder<'a> {
    fn byte(&self, at: LineColumn) -> usize {
        let line = self.lines[at.line - 1];
        let text = &self.source[line..];
        text.char_indices()
            .nth(at.column)
            .map_or(self.source.len(), |(offset, _)| line + offset)
    }

    fn range(&self, span: Span) -> (usize, usize) {
        (self.byte(span.start()), self.byte(span.end()))
    }

    fn text(&self, node: &impl Spanned) -> &'a str {
        let (from, to) = self.range(node.span());
        &self.source[from..to]
    }

    fn put(&mut self, (from, to): (usize, usize), what: String, before: String, after: &str) {
        let line = self.lines.partition_point(|start| *start <= from);
        self.found.push(Mutant {
            file: self.file.to_owned(),
            line,
            function: self.function.clone(),
            what: what.split_whitespace().collect::<Vec<_>>().join(" "),
            from,
            to,
            before,
            after: after.to_owned(),
        });
    }

    /// In place of `node`, an expression, stands `other`.
    fn replace(&mut self, node: &impl Spanned, other: &str) {
        let what = format!("{} → {other}", short(self.text(node)));
        self.put(
            self.range(node.span()),
            what,
            format!("(if # {{ {other} }} else {{ "),
            " })",
        );
    }

    /// `node`, a statement, is not executed.
    fn delete(&mut self, node: &impl Spanned) {
        let what = format!("without `{}`", short(self.text(node)));
        self.put(self.range(node.span()), what, "if !# { ".to_owned(), " }");
    }

    /// The condition of an `if`, a `while` or an arm: the other way round, part by part if it binds something.
    fn condition(&mut self, condition: &syn::Expr) {
        match condition {
            syn::Expr::Let(_) => {}
            syn::Expr::Binary(chain) if has_let(condition) => {
                self.condition(&chain.left);
                self.condition(&chain.right);
            }
            _ => self.replace(condition, &format!("!({})", self.text(condition))),
        }
    }

    /// Goes round a loop once only.
    fn once(&mut self, body: &syn::Block) {
        self.put(
            self.range(body.span()),
            "the loop goes round once".to_owned(),
            "{ ".to_owned(),
            " if # { break; } }",
        );
    }

    fn function(&mut self, name: &syn::Ident, signature: &syn::Signature, body: &syn::Block) {
        if signature.constness.is_some() || signature.asyncness.is_some() || name == "fmt" {
            return;
        }
        let outer = std::mem::replace(&mut self.function, name.to_string());
        let (start, _) = self.range(body.brace_token.span.open());
        for value in entry(&signature.output, self.text(body)) {
            let what = format!("fn {name} → {value}").replace("→ ()", "does nothing");
            self.put(
                (start + 1, start + 1),
                what,
                format!(" if # {{ return {value}; }} "),
                "",
            );
        }
        visit::visit_block(self, body);
        self.function = outer;
    }
}

impl<'ast> Visit<'ast> for Finder<'_> {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let attributes: &[syn::Attribute] = match item {
            syn::Item::Mod(it) => &it.attrs,
            syn::Item::Fn(it) => &it.attrs,
            syn::Item::Impl(it) => &it.attrs,
            syn::Item::Trait(it) => &it.attrs,
            _ => return,
        };
        if !for_tests(attributes) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_impl(&mut self, it: &'ast syn::ItemImpl) {
        let of = it.trait_.as_ref().and_then(|(path, _)| path.segments.last());
        if !of.is_some_and(|name| name.ident == "Display" || name.ident == "Debug") {
            visit::visit_item_impl(self, it);
        }
    }

    fn visit_item_fn(&mut self, it: &'ast syn::ItemFn) {
        self.function(&it.sig.ident, &it.sig, &it.block);
    }

    fn visit_impl_item_fn(&mut self, it: &'ast syn::ImplItemFn) {
        if !for_tests(&it.attrs) {
            self.function(&it.sig.ident, &it.sig, &it.block);
        }
    }

    fn visit_trait_item_fn(&mut self, it: &'ast syn::TraitItemFn) {
        if let Some(body) = &it.default {
            self.function(&it.sig.ident, &it.sig, body);
        }
    }

    // Decided by the compiler.
    fn visit_impl_item_const(&mut self, _: &'ast syn::ImplItemConst) {}
    fn visit_trait_item_const(&mut self, _: &'ast syn::TraitItemConst) {}
    fn visit_type(&mut self, _: &'ast syn::Type) {}
    fn visit_pat(&mut self, _: &'ast syn::Pat) {}
    fn visit_attribute(&mut self, _: &'ast syn::Attribute) {}
    fn visit_generic_argument(&mut self, _: &'ast syn::GenericArgument) {}
    fn visit_expr_const(&mut self, _: &'ast syn::ExprConst) {}

    fn visit_expr_repeat(&mut self, it: &'ast syn::ExprRepeat) {
        self.visit_expr(&it.expr);
    }

    fn visit_stmt(&mut self, statement: &'ast syn::Stmt) {
        if let syn::Stmt::Expr(expression, Some(_)) = statement {
            let effect = match expression {
                syn::Expr::Call(_) | syn::Expr::MethodCall(_) | syn::Expr::Assign(_) => true,
                syn::Expr::Return(_) | syn::Expr::Break(_) | syn::Expr::Continue(_) => true,
                syn::Expr::Try(_) => true,
                syn::Expr::Binary(it) => matches!(self.text(&it.op), op if op.ends_with('=')),
                _ => false,
            };
            if effect {
                self.delete(statement);
            }
        }
        visit::visit_stmt(self, statement);
    }

    fn visit_expr_if(&mut self, it: &'ast syn::ExprIf) {
        self.condition(&it.cond);
        visit::visit_expr_if(self, it);
    }

    fn visit_expr_while(&mut self, it: &'ast syn::ExprWhile) {
        self.once(&it.body);
        visit::visit_expr_while(self, it);
    }

    fn visit_expr_for_loop(&mut self, it: &'ast syn::ExprForLoop) {
        self.once(&it.body);
        visit::visit_expr_for_loop(self, it);
    }

    fn visit_arm(&mut self, arm: &'ast syn::Arm) {
        if let syn::Pat::Guard(guarded) = &arm.pat {
            let guard = &guarded.guard;
            self.condition(guard);
            if !has_let(guard) {
                self.replace(guard, "false");
            }
            self.visit_expr(guard);
        }
        visit::visit_arm(self, arm);
    }

    fn visit_expr_binary(&mut self, it: &'ast syn::ExprBinary) {
        if !has_let(&it.left) && !has_let(&it.right) {
            let operator = self.text(&it.op);
            for other in other_operator(operator) {
                let (left, right) = (self.text(&it.left), self.text(&it.right));
                // An assignment's left side is a place, and stays bare.
                let other = if operator.ends_with('=') && operator.len() > 1 && !is_comparison(operator) {
                    format!("{left} {other} {right}")
                } else {
                    format!("({left}) {other} ({right})")
                };
                self.replace(it, &other);
            }
        }
        visit::visit_expr_binary(self, it);
    }

    fn visit_expr_unary(&mut self, it: &'ast syn::ExprUnary) {
        if matches!(it.op, syn::UnOp::Not(_)) {
            self.replace(it, &format!("({})", self.text(&it.expr)));
        }
        visit::visit_expr_unary(self, it);
    }

    fn visit_expr_lit(&mut self, it: &'ast syn::ExprLit) {
        for other in literal(&it.lit) {
            self.replace(it, &other);
        }
    }

    fn visit_expr_call(&mut self, it: &'ast syn::ExprCall) {
        if matches!(&*it.func, syn::Expr::Path(path) if path.path.is_ident("Some")) {
            self.replace(it, "None");
        }
        visit::visit_expr_call(self, it);
    }

    fn visit_expr_method_call(&mut self, it: &'ast syn::ExprMethodCall) {
        let name = it.method.to_string();
        let (receiver, (_, end)) = (self.text(&it.receiver), self.range(it.span()));
        let (_, after_name) = self.range(it.method.span());
        if let Some(other) = other_method(&name) {
            let other = format!("{receiver}.{other}{}", &self.source[after_name..end]);
            self.replace(it, &other);
        } else if name == "rev" || name == "filter" {
            self.replace(
                it,
                &format!(
                    "{receiver}{}",
                    if name == "rev" { "" } else { ".filter(|_| true)" }
                ),
            );
        } else if name == "is_empty" {
            self.replace(it, &format!("!{}", self.text(it)));
        }
        visit::visit_expr_method_call(self, it);
    }

    fn visit_expr_break(&mut self, it: &'ast syn::ExprBreak) {
        if it.label.is_none() && it.expr.is_none() {
            self.replace(it, "continue");
        }
    }

    fn visit_expr_continue(&mut self, it: &'ast syn::ExprContinue) {
        if it.label.is_none() {
            self.replace(it, "break");
        }
    }
}

fn is_comparison(operator: &str) -> bool {
    matches!(operator, "==" | "!=" | "<=" | ">=")
}

fn has_let(expression: &syn::Expr) -> bool {
    match expression {
        syn::Expr::Let(_) => true,
        syn::Expr::Binary(it) => has_let(&it.left) || has_let(&it.right),
        syn::Expr::Paren(it) => has_let(&it.expr),
        _ => false,
    }
}

fn for_tests(attributes: &[syn::Attribute]) -> bool {
    attributes.iter().any(|attribute| match &attribute.meta {
        syn::Meta::Path(path) => path.is_ident("test"),
        syn::Meta::List(list) => list.path.is_ident("cfg") && list.tokens.to_string().contains("test"),
        syn::Meta::NameValue(_) => false,
    })
}

fn short(text: &str) -> String {
    const SHOWN: usize = 60;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match text.char_indices().nth(SHOWN) {
        Some((cut, _)) => format!("{}…", &text[..cut]),
        None => text,
    }
}
