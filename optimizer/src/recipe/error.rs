//! Why a text is no recipe.

/// Why a text is no recipe.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecipeError {
    /// The text is no JSON, or has a field that recipes do not have.
    #[error("no recipe: {reason}")]
    Json {
        /// What is wrong, and in which line.
        reason: serde_json::Error,
    },
    /// A field with a value that it cannot have.
    #[error("`{field}`: {reason}")]
    Field {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        reason: String,
    },
    /// A rule that cannot be followed.
    #[error("rule {index}: {reason}")]
    Rule {
        /// The rule's place in the list, from 0.
        index: usize,
        /// What is wrong with it.
        reason: String,
    },
}
