//! Runs one partition: a session of demilite between tensors of LiteRT.

use std::ffi::c_int;
use std::sync::Arc;

use demilite::{DataType, Model, Session, Shape, TensorId, Value, View};

use crate::graph::dtype;
use crate::host::{Host, HostTensor};
use crate::settings::Settings;

/// The kernel of one partition. Its tensors have the indices of LiteRT's as ids.
pub(crate) struct Kernel {
    model: Arc<Model>,
    settings: Arc<Settings>,
    session: Option<Session>,
    /// Where the session writes.
    outputs: Vec<Value>,
}

impl Kernel {
    /// A kernel of the nodes of a model, which is not ready for any shapes yet.
    pub(crate) fn new(model: Model, settings: Arc<Settings>) -> Self {
        Kernel {
            model: Arc::new(model),
            settings,
            session: None,
            outputs: Vec::new(),
        }
    }

    fn inputs(&self) -> &[TensorId] {
        self.model.graphs()[0].inputs()
    }

    /// Makes the kernel ready for the shapes that its inputs have, and gives the outputs theirs.
    ///
    /// # Errors
    /// Where the nodes do not go with the shapes, a device fails, or something would run elsewhere than was claimed and the
    /// settings are strict.
    pub(crate) fn prepare(&mut self, host: Host<'_>) -> Result<(), String> {
        let shapes = self.inputs().iter().map(|id| {
            let extents = host.tensor(id.0)?.extents()?;
            Ok(Shape::from(extents))
        });
        let shapes = shapes.collect::<Result<Vec<Shape>, String>>()?;
        let shapes: Vec<(usize, Shape)> = shapes.into_iter().enumerate().collect();
        match &mut self.session {
            Some(session) => session.resize_inputs(&shapes).map_err(text)?,
            None => {
                let builder =
                    Session::builder(Arc::clone(&self.model)).delegates(self.settings.delegates());
                let resized = |builder: demilite::SessionBuilder, (index, shape)| {
                    builder.input_shape(index, shape)
                };
                let session = shapes.into_iter().fold(builder, resized).build();
                self.session = Some(session.map_err(text)?);
            }
        }
        let Some(session) = &self.session else {
            return Ok(());
        };
        self.settings.accept(session)?;
        for &id in session.graph().outputs() {
            prepare_output(host, session, id)?;
        }
        Ok(())
    }

    /// Runs the nodes once.
    ///
    /// # Errors
    /// Where an input has no elements or an output no memory, and those of the session.
    pub(crate) fn invoke(&mut self, host: Host<'_>) -> Result<(), String> {
        let session = self
            .session
            .as_mut()
            .ok_or("it is not prepared: allocate the tensors first")?;
        let graph = &self.model.graphs()[0];
        let mut fed: Vec<(DataType, &[u8])> = Vec::with_capacity(graph.inputs().len());
        for &id in graph.inputs() {
            fed.push((graph.tensor(id).dtype, host.tensor(id.0)?.elements()?));
        }
        let shapes: Vec<Shape> = session.input_shapes().to_vec();
        // LiteRT's own memory suits every type; that of its callers need not.
        let copies = std::iter::zip(&shapes, &fed).map(|(shape, &(dtype, elements))| {
            let is_aligned = elements.as_ptr().addr().is_multiple_of(dtype.alignment());
            let copy = || Value::from_bytes(dtype, shape.clone(), elements);
            (!is_aligned).then(copy).transpose()
        });
        let copies = copies
            .collect::<Result<Vec<Option<Value>>, _>>()
            .map_err(text)?;
        let fed = std::iter::zip(&shapes, fed);
        let views =
            std::iter::zip(fed, &copies).map(|((shape, (dtype, elements)), copy)| match copy {
                Some(copy) => Ok(copy.view()),
                None => View::from_bytes(dtype, shape, elements),
            });
        let views = views.collect::<Result<Vec<View<'_>>, _>>().map_err(text)?;
        session.run_into(&views, &mut self.outputs).map_err(text)?;
        for (&id, value) in std::iter::zip(graph.outputs(), &self.outputs) {
            let tensor = host.tensor(id.0)?;
            if tensor.is_dynamic() {
                host.resize(tensor, value.shape())?;
            }
            tensor.write(value.bytes())?;
        }
        Ok(())
    }
}

fn text(error: impl std::error::Error) -> String {
    error.to_string()
}

/// Gives an output of a session its type and shape in LiteRT, or leaves the shape to the invocation.
fn prepare_output(host: Host<'_>, session: &Session, id: TensorId) -> Result<(), String> {
    let tensor: HostTensor<'_> = host.tensor(id.0)?;
    let dtype: c_int = dtype::code(session.graph().tensor(id).dtype);
    if tensor.type_code() != dtype {
        tensor.set_type_code(dtype);
    }
    match &session.shapes()[id.0] {
        Some(shape) if tensor.is_dynamic() || tensor.extents().as_deref() != Ok(&shape[..]) => {
            host.resize(tensor, shape)
        }
        Some(_) => Ok(()),
        None => {
            tensor.set_dynamic();
            Ok(())
        }
    }
}
