//! Examples of documents, as stubs that can be loaded.

use broker_contract::{Document, ExampleStub, Told};

use crate::stub::Stub;

/// The examples of a document as stubs; an error has all that make none.
pub(crate) fn examples_of(document: &Document) -> Result<Vec<Stub>, Vec<Told>> {
    let mut wrong = Vec::new();
    let mut stubs = Vec::new();
    for ExampleStub { stub, place } in document.stubs()? {
        match Stub::from_json(&stub) {
            Ok(stub) => stubs.push(stub),
            Err(invalid) => wrong.push(Told {
                place,
                what: format!("the examples of this channel make no stub: {invalid}"),
            }),
        }
    }
    if wrong.is_empty() { Ok(stubs) } else { Err(wrong) }
}
