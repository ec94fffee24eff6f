//! VAR_HANDLE: the handle of a resource variable is its name.

use demilite_core::{NodeContext, Shape, View, op};
use demilite_executor::{KernelIo, Prepared};

pub(crate) fn prepare(op: &op::VarHandle, _: &NodeContext<'_>) -> Prepared {
    let name = op.resource();
    Ok(Box::new(move |io: &mut KernelIo<'_>| {
        let shape = Shape::SCALAR;
        io.outputs[0].assign(View::resource(&shape, &name))?;
        Ok(())
    }))
}
