//! What can be wrong with options.

/// What is wrong with an option.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OptionError {
    /// A key that no option has.
    #[error("there is no option {key:?}: there are {known}")]
    Key { key: String, known: String },
    /// A value that the option does not take.
    #[error("the option {key} is {value:?}: it takes {takes}")]
    Value {
        key: &'static str,
        value: String,
        takes: String,
    },
    /// An option that is given twice.
    #[error("the option {key} is given twice")]
    Twice { key: &'static str },
    /// An op that LiteRT does not have.
    #[error(
        "the option {key} names the op {op:?}, which LiteRT does not have: names are those of the schema, such as CONV_2D"
    )]
    Op { key: &'static str, op: String },
    /// Bytes that are no text.
    #[error("option {index} is not UTF-8")]
    Text { index: usize },
}
