//! A node made ready to run, and the tensors that it runs on.

use demilite_core::{
    DataType, Element, NodeContext, NodeId, OpError, Reject, Shape, ShapeError, State, Value,
    ValueError, View,
};

/// A node with its parameters worked out, which several executables share. A closure that takes a
/// [`KernelIo`] is one.
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

/// The tensors of one run of a node.
#[derive(Debug)]
pub struct KernelIo<'a> {
    /// The inputs; `None` where an optional one is absent.
    pub inputs: &'a [Option<View<'a>>],
    /// The outputs, of the type and shape that they are to have. Their elements are unspecified:
    /// a kernel writes all of them.
    pub outputs: &'a mut [Value],
    /// The variable tensors that the op changes, at their places among the inputs, which lack them.
    /// Empty where there is none.
    pub variables: &'a mut [Option<Value>],
    /// Where resource variables are.
    pub state: &'a mut State,
    /// The node, by its graph's index within the model and its own.
    pub node: (usize, NodeId),
}

impl<'a> KernelIo<'a> {
    /// Input `index`.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent.
    pub fn view(&self, index: usize) -> Result<View<'a>, OpError> {
        self.optional(index).ok_or(OpError::MissingInput { index })
    }

    /// Input `index`, unless it is absent.
    pub fn optional(&self, index: usize) -> Option<View<'a>> {
        self.inputs.get(index).copied().flatten()
    }

    /// The elements of input `index`.
    ///
    /// # Errors
    /// [`OpError::MissingInput`] where it is absent, [`OpError::Value`] where it holds another type.
    pub fn input<T: Element>(&self, index: usize) -> Result<&'a [T], OpError> {
        Ok(self.view(index)?.as_slice()?)
    }

    /// The elements of input `index`, unless it is absent.
    ///
    /// # Errors
    /// [`OpError::Value`] where it holds another type.
    pub fn optional_input<T: Element>(&self, index: usize) -> Result<Option<&'a [T]>, OpError> {
        let view = self.optional(index);
        Ok(view.map(|view| view.as_slice()).transpose()?)
    }

    /// The elements of the variable tensor that is input `index`, and the elements of the first
    /// output.
    pub(crate) fn variable_and_output<V: Element, T: Element>(
        &mut self,
        index: usize,
    ) -> Result<(&mut [V], &mut [T]), OpError> {
        let variable = self.variables.get_mut(index).and_then(Option::as_mut);
        let variable = variable.ok_or(OpError::MissingInput { index })?;
        Ok((variable.as_mut_slice()?, self.outputs[0].as_mut_slice()?))
    }

    /// The elements of the first output.
    ///
    /// # Errors
    /// [`OpError::Value`] where it holds another type, [`OpError::Count`] where there is none.
    pub fn output<T: Element>(&mut self) -> Result<&mut [T], OpError> {
        let output = self.outputs.first_mut().ok_or(OpError::Count {
            what: "outputs",
            count: 0,
            least: 1,
            most: 1,
        })?;
        Ok(output.as_mut_slice()?)
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
    pub(crate) fn tables(keys: DataType, values: DataType) -> Self {
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
pub(crate) fn output_shape<'a>(node: &NodeContext<'a>, index: usize) -> Result<&'a Shape, OpError> {
    node.output_shape(index).ok_or(OpError::Unknown { index })
}
