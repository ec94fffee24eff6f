//! VAR_HANDLE: names a resource variable.

use super::Attributes;
use crate::dtype::DataType;
use crate::error::OpError;
use crate::node::NodeContext;
use crate::schema::{BuiltinOperator, BuiltinOptions, VarHandleOptions};
use crate::shape::Shape;

/// The output is a handle: a `resource` whose bytes are [`VarHandle::resource`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VarHandle {
    /// A namespace of variables; mostly empty.
    pub container: String,
    /// The variable's name within it.
    pub shared_name: String,
}

impl VarHandle {
    /// The name of the variable in [`State`](crate::State), one for each container and name.
    pub fn resource(&self) -> String {
        // The length tells apart containers and names that hold the separator.
        let VarHandle {
            container,
            shared_name,
        } = self;
        format!("{}:{container}/{shared_name}", container.len())
    }
}

impl Attributes for VarHandle {
    fn decode(_: BuiltinOperator, options: &BuiltinOptions) -> Result<Self, OpError> {
        let options = options_of!(options, VarHandleOptions)?;
        Ok(VarHandle {
            container: options.container.clone().unwrap_or_default(),
            shared_name: options.shared_name.clone().unwrap_or_default(),
        })
    }

    fn encode(&self) -> (BuiltinOperator, BuiltinOptions) {
        let options = VarHandleOptions {
            container: Some(self.container.clone()),
            shared_name: Some(self.shared_name.clone()),
        };
        (
            BuiltinOperator::VarHandle,
            BuiltinOptions::VarHandleOptions(options),
        )
    }

    fn validate(&self, node: &NodeContext<'_>) -> Result<(), OpError> {
        node.expect_counts(0..=0, 1..=1)?;
        expect_resource(node.output(0).dtype)
    }

    fn infer(&self, _: &NodeContext<'_>) -> Result<Vec<Shape>, OpError> {
        Ok(vec![Shape::SCALAR])
    }
}

/// Checks that the first input is a handle.
pub(super) fn expect_handle(node: &NodeContext<'_>) -> Result<(), OpError> {
    expect_resource(node.required(0)?.dtype)
}

/// Checks that a tensor of this type is a handle.
pub(super) fn expect_resource(dtype: DataType) -> Result<(), OpError> {
    match dtype {
        DataType::Resource => Ok(()),
        dtype => Err(OpError::Type {
            what: "handles",
            dtype,
            accepted: "resource",
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_keep_names_apart() {
        let handle = |container: &str, shared_name: &str| VarHandle {
            container: container.to_owned(),
            shared_name: shared_name.to_owned(),
        };
        assert_ne!(handle("a", "b/c").resource(), handle("a/b", "c").resource());
        assert_eq!(handle("", "x").resource(), handle("", "x").resource());
    }
}
