//! HASHTABLE: names a table of the session, which is there from then on.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, HashtableOptions};
use crate::shape::Shape;

/// The output is a handle: a `resource` of shape `[1]` whose bytes are [`Hashtable::resource`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hashtable {
    /// Tells tables apart.
    pub table_id: i32,
    /// The type of the keys: string or int64.
    pub keys: DataType,
    /// The type of the values: int64 or string.
    pub values: DataType,
}

impl Hashtable {
    /// The name of the table in [`State`](crate::State).
    pub fn resource(&self) -> String {
        format!("table {}", self.table_id)
    }
}

impl Attributes for Hashtable {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, HashtableOptions)?;
        let dtype = |attribute: &'static str, code: i8| {
            DataType::from_code(code).ok_or(OpError::Attribute {
                attribute,
                value: code.into(),
            })
        };
        Ok(Hashtable {
            table_id: options.table_id,
            keys: dtype("key_dtype", options.key_dtype)?,
            values: dtype("value_dtype", options.value_dtype)?,
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = HashtableOptions {
            table_id: self.table_id,
            key_dtype: self.keys as i8,
            value_dtype: self.values as i8,
        };
        (
            BuiltinOperator::Hashtable,
            BuiltinOptions::HashtableOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(0..=0, 1..=1)?;
        super::var_handle::expect_resource(node.output(0).dtype)
    }

    fn is_pure(&self) -> bool {
        false
    }

    fn infer(&self, _: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![Shape::from([1])])
    }
}
