//! HASHTABLE_SIZE: how many keys a table has.

use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

pub(crate) fn prepare(_: &op::HashtableSize, node: &NodeContext<'_>) -> Prepared {
    if node.output(0).dtype != DataType::Int64 {
        return Err(Unprepared::types(node));
    }
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let name = io.view(0)?.resource_name()?;
        let keys = io.state.existing_table(name)?.len() as i64;
        io.output::<i64>()?.fill(keys);
        Ok(())
    }))
}
