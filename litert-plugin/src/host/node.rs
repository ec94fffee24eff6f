//! A node of LiteRT's graph.

use std::ffi::{CStr, c_int};

use demilite::schema::BuiltinOperator;

use crate::abi::params::BuiltinData;
use crate::abi::{IntArray, Node, Registration};

/// A node of LiteRT's graph. Tensors are named by their indices, −1 for one that is absent.
pub(crate) struct HostNode<'a> {
    pub(crate) inputs: Vec<c_int>,
    pub(crate) outputs: Vec<c_int>,
    pub(crate) intermediates: Vec<c_int>,
    /// The version of the operator that the file states.
    pub(crate) version: c_int,
    /// The operator's options.
    pub(crate) options: BuiltinData<'a>,
    /// The name and options of an operator outside the schema.
    pub(crate) custom: Option<(String, Vec<u8>)>,
}

impl HostNode<'_> {
    /// Reads a node.
    ///
    /// # Errors
    /// Where there is none, or its operator has a code that no version of the format names.
    ///
    /// # Safety
    /// The pointers are null, or those that LiteRT has for the node, which stays for the lifetime.
    pub(super) unsafe fn read(
        index: c_int,
        node: *const Node,
        registration: *const Registration,
    ) -> Result<Self, String> {
        if node.is_null() || registration.is_null() {
            return Err(format!("LiteRT gives no node {index}"));
        }
        // SAFETY: node and registration are there, and their pointers lead to what LiteRT keeps of them.
        unsafe {
            let (node, registration) = (&*node, &*registration);
            let operator =
                BuiltinOperator::from_code(registration.builtin_code).ok_or_else(|| {
                    let code = registration.builtin_code;
                    format!("node {index} has operator code {code}, which is not known here")
                })?;
            let custom = (operator == BuiltinOperator::Custom).then(|| {
                let name = match registration.custom_name.is_null() {
                    true => String::new(),
                    false => CStr::from_ptr(registration.custom_name)
                        .to_string_lossy()
                        .into_owned(),
                };
                let length = usize::try_from(node.custom_initial_data_size).unwrap_or(0);
                let options = match node.custom_initial_data.is_null() {
                    true => &[],
                    false => {
                        std::slice::from_raw_parts(node.custom_initial_data.cast::<u8>(), length)
                    }
                };
                (name, options.to_vec())
            });
            Ok(HostNode {
                inputs: IntArray::elements(node.inputs).to_vec(),
                outputs: IntArray::elements(node.outputs).to_vec(),
                intermediates: IntArray::elements(node.intermediates).to_vec(),
                version: registration.version,
                options: BuiltinData::new(operator, registration.version, node.builtin_data),
                custom,
            })
        }
    }

    /// The operator's name.
    pub(crate) fn name(&self) -> &str {
        match &self.custom {
            Some((name, _)) => name,
            None => self.options.operator().name(),
        }
    }
}
