//! HASHTABLE_IMPORT: fills a table, unless it was filled before.

use demilite_core::{DataType, NodeContext, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

pub(crate) fn prepare(_: &op::HashtableImport, node: &NodeContext<'_>) -> Prepared {
    match [node.required(1)?.dtype, node.required(2)?.dtype] {
        [DataType::String, DataType::Int64] | [DataType::Int64, DataType::String] => {}
        [keys, values] => return Err(Unprepared::tables(keys, values)),
    }
    Ok(Box::new(|io: &mut KernelIo<'_>| {
        let name = io.view(0)?.resource_name()?;
        let (keys, values) = (io.view(1)?, io.view(2)?);
        io.state.existing_table(name)?.import(keys, values)
    }))
}
