//! HASHTABLE_FIND: looks keys up in a table.

use demilite_core::{DataType, NodeContext, OpError, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

pub(crate) fn prepare(_: &op::HashtableFind, node: &NodeContext<'_>) -> Prepared {
    let types = [
        node.required(1)?.dtype,
        node.required(2)?.dtype,
        node.output(0).dtype,
    ];
    match types {
        [DataType::String, DataType::Int64, DataType::Int64]
        | [DataType::Int64, DataType::String, DataType::String] => {}
        _ => return Err(Unprepared::types(node)),
    }
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let name = io.view(0)?.resource_name()?;
        let (keys, default) = (io.view(1)?, io.view(2)?);
        let found = io.state.existing_table(name)?.find(keys, default)?;
        if found.dtype() != io.outputs[0].dtype() {
            let reason = format!("{name} has values of {}", found.dtype());
            return Err(OpError::rule(reason));
        }
        io.outputs[0].assign(found.view())?;
        Ok(())
    }))
}
