//! HASHTABLE: makes the table where there is none, and gives its handle, which is its name.

use demilite_core::{HashTable, NodeContext, Shape, View, op};
use demilite_executor::{KernelIo, Prepared, Unprepared};

pub(crate) fn prepare(op: &op::Hashtable, _: &NodeContext<'_>) -> Prepared {
    let name = op.resource();
    let Some(empty) = HashTable::new(op.keys, op.values) else {
        return Err(Unprepared::tables(op.keys, op.values));
    };
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        io.state.table(&name, || empty.clone());
        let shape = Shape::from([1]);
        io.outputs[0].assign(View::resource(&shape, &name))?;
        Ok(())
    }))
}
