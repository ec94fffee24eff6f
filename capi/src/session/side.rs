//! Inputs and outputs of a session, by place and by name.

use super::demilite_session;
use crate::error::Error;
use crate::tensor::Tensor;

/// Which side of a session.
#[derive(Debug, Clone, Copy)]
pub(super) enum Side {
    Input,
    Output,
}

impl Side {
    fn name(self) -> &'static str {
        match self {
            Side::Input => "input",
            Side::Output => "output",
        }
    }

    fn tensors(self, session: &demilite_session) -> &[Tensor] {
        match self {
            Side::Input => &session.inputs,
            Side::Output => &session.outputs,
        }
    }

    fn tensors_mut(self, session: &mut demilite_session) -> &mut [Tensor] {
        match self {
            Side::Input => &mut session.inputs,
            Side::Output => &mut session.outputs,
        }
    }

    pub(super) fn get(self, session: &demilite_session, index: usize) -> Result<&Tensor, Error> {
        let tensors = self.tensors(session);
        tensors.get(index).ok_or(self.no_such(index, tensors.len()))
    }

    pub(super) fn get_mut(
        self,
        session: &mut demilite_session,
        index: usize,
    ) -> Result<&mut Tensor, Error> {
        let count = self.tensors(session).len();
        let tensor = self.tensors_mut(session).get_mut(index);
        tensor.ok_or(self.no_such(index, count))
    }

    fn no_such(self, index: usize, count: usize) -> Error {
        Error::NoSuchIndex {
            what: self.name(),
            index,
            count,
        }
    }

    pub(super) fn find(self, session: &demilite_session, name: &str) -> Result<usize, Error> {
        let tensors = self.tensors(session);
        let place = tensors.iter().position(|tensor| tensor.name == name);
        place.ok_or_else(|| Error::NoSuchName {
            what: self.name(),
            name: name.to_owned(),
            names: tensors.iter().map(|tensor| tensor.name.clone()).collect(),
        })
    }

    /// Checks that a buffer of the caller has the size of a tensor.
    pub(super) fn expect_size(
        self,
        tensor: &Tensor,
        index: usize,
        actual: usize,
    ) -> Result<(), Error> {
        let expected = tensor.value.bytes().len();
        if expected == actual {
            return Ok(());
        }
        Err(Error::Size {
            what: self.name(),
            index,
            name: tensor.name.clone(),
            expected,
            actual,
        })
    }
}
