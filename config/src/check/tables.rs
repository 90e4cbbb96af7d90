//! Lists of tables: each table held against what its keys expect.

use super::{Checker, Complaint, check_in_table};
use crate::error::ProblemKind;
use crate::nearest::unknown_in_table;
use crate::schema::TableDoc;
use crate::value::{Kind, Value};

impl Checker<'_> {
    /// One table of a list.
    pub(super) fn table(&mut self, value: &Value, table: &TableDoc, part: &str) -> Option<Kind> {
        let split;
        let fields = match &value.kind {
            Kind::Table(fields) => fields,
            Kind::Untyped(said) if !table.short.is_empty() => {
                split = split_short(table, said);
                match &split {
                    Some(fields) => fields,
                    None => return self.mistyped_part(value, part, table.short.to_owned()),
                }
            }
            _ => return self.mistyped_part(value, part, table.form()),
        };
        let mut checked = Vec::new();
        for (name, field) in fields {
            let part = format!("{part}.{name}");
            let Some(doc) = table.key(name) else {
                let kind = unknown_in_table(table, name, str::to_owned);
                self.complain(&part, field.line, kind);
                continue;
            };
            let (canonical, complaints) = check_in_table(table, doc, field);
            checked.extend(canonical.map(|value| (name.clone(), value)));
            self.complaints
                .extend(complaints.into_iter().map(|complaint| Complaint {
                    part: format!("{part}{}", complaint.part),
                    ..complaint
                }));
        }
        for doc in table.missing(|key| fields.iter().any(|(name, _)| name == key)) {
            let kind = ProblemKind::Missing {
                what: doc.key,
                expected: table.form(),
            };
            self.complain(part, value.line, kind);
        }
        Some(Kind::Table(checked))
    }
}

/// The keys and values of a table in its short form, such as `NAME:PASSWORD`. The last value is all that is left.
fn split_short(table: &TableDoc, said: &str) -> Option<Vec<(String, Value)>> {
    let count = table.short.split(':').count();
    let values: Vec<&str> = said.splitn(count, ':').collect();
    let keys = table.keys.iter().map(|doc| doc.key.to_owned());
    (values.len() == count).then(|| keys.zip(values.into_iter().map(Value::untyped)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::check;
    use crate::define::table;
    use crate::loader::list;
    use crate::schema::{Expect, KeyDoc, Typed, between};

    table! {
        /// A door.
        #[example = ""]
        pub struct Door
        list { plural: "doors", example: r#"{ name = "front" }"#, short: "NAME:WIDTH" }
        {
            /// Its name.
            name: String = String::new(),
                required: true;

            /// How wide it is.
            width_cm: u16 = 80,
                expect: between(50, 200),
                unit: "centimetres";

            /// Who may pass.
            admits: Vec<String> = vec!["#".to_owned()];
        }
    }

    const DOORS: KeyDoc = KeyDoc {
        key: "door",
        ..KeyDoc::of::<Vec<Door>>()
    };

    /// The doors, or all that is wrong with them.
    fn doors(value: &Value) -> Result<Vec<Door>, Vec<String>> {
        let (canonical, complaints) = check(&DOORS, value);
        if complaints.is_empty() {
            let json = canonical.expect("nothing is wrong with it").into_json();
            return Ok(serde_json::from_value(json).expect("it was checked"));
        }
        let said = |complaint: Complaint| {
            let problem = crate::Problem {
                key: format!("door{}", complaint.part),
                origin: crate::Origin::Program,
                kind: complaint.kind,
            };
            problem.to_string().replace("the program: ", "")
        };
        Err(complaints.into_iter().map(said).collect())
    }

    fn of_toml(text: &str) -> Result<Vec<Door>, Vec<String>> {
        let items = list(text).expect("it is TOML");
        doors(&Kind::List(items).into())
    }

    #[test]
    fn what_a_table_leaves_out_is_its_default() {
        let front = of_toml(r#"[{ name = "front" }, { name = "back", width_cm = 200, admits = "a/#" }]"#);
        let [front, back] = <[Door; 2]>::try_from(front.unwrap()).unwrap();
        assert_eq!(
            front,
            Door {
                name: "front".to_owned(),
                ..Door::default()
            }
        );
        assert_eq!((back.width_cm, back.admits), (200, vec!["a/#".to_owned()]));
        let short = doors(&Value::untyped("front:90, back:70")).unwrap();
        assert_eq!((short[1].name.as_str(), short[1].width_cm), ("back", 70));
    }

    #[test]
    fn each_mistake_names_the_table_and_its_key() {
        assert_eq!(
            of_toml(r##"[{ name = "a", width_cm = 20 }, { widht_cm = 90 }, 7, { name = "d", admits = ["a", "#b"], colour = 1 }]"##)
                .unwrap_err(),
            [
                "`door[0].width_cm` is 20, which is not allowed; expected an integer from 50 to 200 (centimetres)",
                "unknown key `door[1].widht_cm`; did you mean `width_cm`?",
                "`door[1]` has no name; expected { name = \"…\" }",
                "`door[2]` is 7; expected { name = \"…\" }",
                "`door[3].admits[1]` is \"#b\", which is not allowed; expected a topic filter: `#` only alone and in the last level",
                "unknown key `door[3].colour`; the keys of each of the doors are name, width_cm, admits",
            ]
        );
        assert_eq!(
            doors(&Value::untyped("front")).unwrap_err(),
            ["`door[0]` is \"front\"; expected NAME:WIDTH"]
        );
        assert_eq!(
            doors(&Kind::Table(Vec::new()).into()).unwrap_err(),
            [
                r#"`door` is a table; expected a list of doors, such as [{ name = "front" }]; each begins with [[door]]"#
            ]
        );
    }

    #[test]
    fn what_is_only_incomplete_is_kept_for_a_later_layer() {
        let value = Kind::List(list("[{ width_cm = 90 }]").expect("it is TOML")).into();
        let (canonical, complaints) = check(&DOORS, &value);
        assert!(canonical.is_some());
        assert!(matches!(
            complaints[..],
            [Complaint {
                kind: ProblemKind::Missing { what: "name", .. },
                ..
            }]
        ));
        let Expect::Tables(table) = <Vec<Door> as Typed>::EXPECT else {
            panic!("a list of tables");
        };
        assert_eq!((table.default)()["width_cm"], 80);
    }
}
