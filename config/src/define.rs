//! The macros that define settings: `section!` a section of the file, `table!` what stands in a list of tables.

/// The [`KeyDoc`](crate::schema::KeyDoc) of each key.
macro_rules! key_docs {
    ($prefix:expr, $( $(#[doc = $what:literal])+ $key:ident : $type:ty $(, $doc:ident : $said:expr)*; )+) => {
        &[$({
            // A key may give every field.
            #[allow(clippy::needless_update)]
            const DOC: $crate::schema::KeyDoc = $crate::schema::KeyDoc {
                key: concat!($prefix, stringify!($key)),
                what: concat!($($what),+).trim_ascii(),
                $($doc: $said,)*
                ..$crate::schema::KeyDoc::of::<$type>()
            };
            DOC
        },)+]
    };
}
pub(crate) use key_docs;

/// Defines one section: its struct, its defaults and the [`KeyDoc`] of each key, each said once.
///
/// ```text
/// section! {
///     /// What the section is about (goes to docs and to the TOML file).
///     #[example = "settings.limits.max_connections = 3;"]      goes between `let mut settings` and a check
///     pub struct Limits in "limits" {
///         /// What the key does (likewise).
///         max_connections: u32 = 10_000,          field, type, default
///             expect: between(1, 1_000_000),      then any fields of KeyDoc; the rest follows from the type
///             unit: "connections";
///     }
/// }
/// ```
///
/// The section without `in "…"` is the top of the file; it alone lists the sections below it.
macro_rules! section {
    (
        $(#[doc = $about:literal])+
        $(#[example = $example:literal])+
        pub struct $name:ident in $section:literal {
            $($keys:tt)*
        }
    ) => {
        section! { @build $name, $section, concat!($section, "."), [$($about)+] [$($example)+] { $($keys)* } {} }
    };
    (
        $(#[doc = $about:literal])+
        $(#[example = $example:literal])+
        pub struct $name:ident {
            $($keys:tt)*
        }
        sections { $($sections:tt)* }
    ) => {
        section! { @build $name, "", "", [$($about)+] [$($example)+] { $($keys)* } { $($sections)* } }
    };
    (
        @build $name:ident, $section:expr, $prefix:expr, [$($about:literal)+] [$($example:literal)+]
        {
            $(
                $(#[doc = $what:literal])+
                $key:ident : $type:ty = $default:expr $(, $doc:ident : $said:expr)*;
            )+
        }
        {
            $( $(#[doc = $sub_doc:literal])+ $sub:ident : $sub_type:ty ),* $(,)?
        }
    ) => {
        $(#[doc = $about])+
        ///
        /// ```
        /// let mut settings = settings::BrokerSettings::default();
        $(#[doc = $example])+
        /// assert!(settings.check().is_ok());
        /// ```
        // "QoS" is a word of plain English here: the same text goes to the comments of the TOML file.
        #[allow(clippy::doc_markdown)]
        #[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $what])+
                #[doc = concat!("\n\nDefault: `", stringify!($default), "`.")]
                pub $key: $type,
            )+
            $(
                $(#[doc = $sub_doc])+
                pub $sub: $sub_type,
            )*
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ $($sub: <$sub_type>::default(),)* }
            }
        }

        impl $name {
            /// Sets the field of a key, given below this section's name, to a checked value.
            pub(crate) fn put(&mut self, key: &str, value: serde_json::Value) -> Result<(), serde_json::Error> {
                match key.split_once('.').unwrap_or((key, "")) {
                    $( (stringify!($key), "") => self.$key = serde_json::from_value(value)?, )+
                    $( (stringify!($sub), key) => self.$sub.put(key, value)?, )*
                    _ => return Err(serde::de::Error::custom(format!("there is no key `{key}`"))),
                }
                Ok(())
            }

            pub(crate) const DOC: $crate::schema::SectionDoc = $crate::schema::SectionDoc {
                name: $section,
                what: concat!($($about),+).trim_ascii(),
                keys: $crate::define::key_docs! { $prefix, $( $(#[doc = $what])+ $key: $type $(, $doc: $said)*; )+ },
            };
        }
    };
}
pub(crate) use section;

/// Defines the tables of a list of tables. A key of type `Vec<Name>` in a section is then such a list.
///
/// ```text
/// table! {
///     /// What one of them is.
///     #[example = "settings.auth.users = vec![settings::User::new(\"ann\", \"pencil\")];"]    as for `section!`
///     pub struct User
///     list { plural: "users", example: "{ name = \"alice\" }", short: "" }                  fields of TableDoc
///     {
///         /// What the key does.
///         name: String = String::new(),            field, type, default: as for `section!`
///             required: true;
///         /// A key that may be left out, and then means nothing of its own.
///         width: Option<u16> = None,
///             otherwise: "Left out: as wide as the wall";
///     }
/// }
/// ```
macro_rules! table {
    (
        $(#[doc = $about:literal])+
        $(#[example = $example:literal])+
        pub struct $name:ident
        list { $( $fact:ident : $fact_said:expr ),+ $(,)? }
        {
            $(
                $(#[doc = $what:literal])+
                $key:ident : $type:ty = $default:expr $(, $doc:ident : $said:expr)*;
            )+
        }
    ) => {
        $(#[doc = $about])+
        ///
        /// ```
        /// let mut settings = settings::BrokerSettings::default();
        $(#[doc = $example])+
        /// assert!(settings.check().is_ok());
        /// ```
        // As for `section!`.
        #[allow(clippy::doc_markdown)]
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(
                $(#[doc = $what])+
                pub $key: $type,
            )+
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($key: $default,)+ }
            }
        }

        impl $crate::schema::Typed for Vec<$name> {
            const EXPECT: $crate::schema::Expect = $crate::schema::Expect::Tables(&$crate::schema::TableDoc {
                $($fact: $fact_said,)+
                keys: $crate::define::key_docs! { "", $( $(#[doc = $what])+ $key: $type $(, $doc: $said)*; )+ },
                // Only a map whose keys are not texts could fail to serialise.
                default: || serde_json::to_value($name::default()).unwrap_or_default(),
            });
        }
    };
}
pub(crate) use table;
