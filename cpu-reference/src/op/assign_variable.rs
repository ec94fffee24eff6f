//! ASSIGN_VARIABLE: a resource variable holds a copy of a value from here on.

use demilite_core::{NodeContext, op};
use demilite_executor::{KernelIo, Prepared};

pub(crate) fn prepare(_: &op::AssignVariable, _: &NodeContext<'_>) -> Prepared {
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let name = io.view(0)?.resource_name()?;
        let value = io.view(1)?;
        io.state.assign_resource(name, value)?;
        Ok(())
    }))
}
