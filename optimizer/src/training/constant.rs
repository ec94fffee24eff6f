//! Constants with other numbers.

use demilite_core::graph::GraphEditor;
use demilite_core::{Constant, TensorId};

/// Gives a constant other numbers.
pub(super) fn write(editor: &mut GraphEditor, id: TensorId, numbers: &[f32]) {
    let bytes: Vec<u8> = numbers
        .iter()
        .flat_map(|number| number.to_le_bytes())
        .collect();
    editor.tensor_mut(id).constant = Some(Constant::copied(&bytes));
}
