//! A node made ready to run.

use demilite_core::{DataType, NodeContext, OpError, Reject, Shape, ShapeError, ValueError, View};

use crate::io::KernelIo;

/// A node with its parameters worked out, shared by all instances of a program. A closure that takes a [`KernelIo`]
/// is one.
pub trait Kernel: Send + Sync {
    /// Lays out whatever stays the same from one run to the next. `constants` holds the inputs
    /// that are constant.
    ///
    /// # Errors
    /// What a constant breaks of the op's rules.
    fn prepack(&mut self, _constants: &[Option<View<'_>>]) -> Result<(), OpError> {
        Ok(())
    }

    /// Bytes of constants that [`Kernel::prepack`] laid out.
    fn weight_bytes(&self) -> usize {
        0
    }

    /// Whether a run reads input `index`, and does not find it laid out.
    fn reads(&self, _index: usize) -> bool {
        true
    }

    /// Bytes of memory that a run needs beside its tensors: [`KernelIo::scratch`] has as many.
    fn scratch_bytes(&self) -> usize {
        0
    }

    /// Writes the outputs.
    ///
    /// # Errors
    /// What the values of the inputs break of the op's rules.
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError>;
}

impl<F> Kernel for F
where
    F: Fn(&mut KernelIo<'_>) -> Result<(), OpError> + Send + Sync,
{
    fn run(&self, io: &mut KernelIo<'_>) -> Result<(), OpError> {
        self(io)
    }
}

/// A node that cannot be made ready.
#[derive(Debug)]
pub enum Unprepared {
    /// Something that only an invocation shows is missing.
    Unknown,
    /// There is no kernel for it, or it breaks a rule.
    Rejected(Reject),
}

/// A kernel, or why there is none.
pub type Prepared = Result<Box<dyn Kernel>, Unprepared>;

impl From<Reject> for Unprepared {
    fn from(reject: Reject) -> Self {
        Unprepared::Rejected(reject)
    }
}

impl From<OpError> for Unprepared {
    fn from(error: OpError) -> Self {
        match error {
            OpError::Unknown { .. } => Unprepared::Unknown,
            error => Unprepared::Rejected(Reject::invalid(error.to_string())),
        }
    }
}

impl From<ShapeError> for Unprepared {
    fn from(error: ShapeError) -> Self {
        OpError::from(error).into()
    }
}

impl From<ValueError> for Unprepared {
    fn from(error: ValueError) -> Self {
        OpError::from(error).into()
    }
}

impl Unprepared {
    /// The rejection of a table from keys to values of these types.
    pub fn tables(keys: DataType, values: DataType) -> Self {
        Unprepared::Rejected(Reject::unsupported(format!(
            "no table from {keys} to {values}, only of strings and int64, either way"
        )))
    }

    /// The rejection of a node whose types no kernel takes.
    pub fn types(node: &NodeContext<'_>) -> Self {
        let inputs = (0..node.input_count()).filter_map(|index| node.input(index));
        let inputs: Vec<&str> = inputs.map(|tensor| tensor.dtype.name()).collect();
        let output = node.node().outputs.first();
        let output = output.map_or("nothing", |&id| node.graph().tensor(id).dtype.name());
        Unprepared::Rejected(Reject::unsupported(format!(
            "no kernel from {} to {output}",
            inputs.join(", "),
        )))
    }
}

/// The shape of output `index`.
///
/// # Errors
/// [`OpError::Unknown`] where only an invocation shows it.
pub fn output_shape<'a>(node: &NodeContext<'a>, index: usize) -> Result<&'a Shape, OpError> {
    node.output_shape(index).ok_or(OpError::Unknown { index })
}
