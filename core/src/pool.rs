//! Several sessions of one model, so that several inferences are in flight at once.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::task::{Context, Poll};
use std::thread::{self, JoinHandle};

use futures_channel::oneshot;

use crate::error::{CompileError, RunError};
use crate::session::{Session, SessionBuilder};
use crate::value::Value;

/// What an invocation gives.
type Answer = Result<Vec<Value>, RunError>;

/// An invocation that waits for a session.
#[derive(Debug)]
struct Request {
    inputs: Vec<Value>,
    answer: oneshot::Sender<Answer>,
}

/// Sessions of one model, each in a thread of its own.
///
/// Requests are begun in the order of [`SessionPool::invoke_async`], and each has a future of its own: whoever awaits the
/// futures in that order has the results in that order. Each session keeps its own variables between invocations, so that a
/// model with variables wants a pool of one.
///
/// ```no_run
/// # use std::num::NonZeroUsize;
/// # use demilite_core::{SessionBuilder, SessionPool, Value};
/// # async fn run(builder: &SessionBuilder, frames: Vec<Value>) -> Result<(), Box<dyn std::error::Error>> {
/// let pool = SessionPool::new(builder, NonZeroUsize::MIN.saturating_add(2))?;
/// let invocations: Vec<_> = frames.into_iter().map(|frame| pool.invoke_async(vec![frame])).collect();
/// for invocation in invocations {
///     let outputs = invocation.await?;
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SessionPool {
    requests: Option<mpsc::Sender<Request>>,
    workers: Vec<JoinHandle<()>>,
}

impl SessionPool {
    /// Builds `sessions` sessions, which are compiled once and share their weights: see [`Session::sibling`].
    ///
    /// # Errors
    /// Those of [`SessionBuilder::build`].
    pub fn new(builder: &SessionBuilder, sessions: NonZeroUsize) -> Result<Self, CompileError> {
        let first = builder.clone().build()?;
        let others = (1..sessions.get()).map(|_| first.sibling());
        let mut sessions = others.collect::<Result<Vec<_>, _>>()?;
        sessions.push(first);
        let (requests, queue) = mpsc::channel();
        let queue = Arc::new(Mutex::new(queue));
        let work = |session| {
            let queue = queue.clone();
            thread::spawn(move || work(session, &queue))
        };
        Ok(SessionPool {
            requests: Some(requests),
            workers: sessions.into_iter().map(work).collect(),
        })
    }

    /// Runs the model once on the next session that is free. The invocation goes on whether or not the future is polled; one
    /// whose future is dropped before a session begins it does not run.
    pub fn invoke_async(&self, inputs: Vec<Value>) -> Invocation {
        let (answer, result) = oneshot::channel();
        if let Some(requests) = &self.requests {
            // Without a worker the answer is dropped, which the future tells.
            let _ = requests.send(Request { inputs, answer });
        }
        Invocation(result)
    }
}

/// Waits for the invocations that have been asked for.
impl Drop for SessionPool {
    fn drop(&mut self) {
        self.requests = None;
        for worker in self.workers.drain(..) {
            // Its panic has been reported where it happened, and each of its requests knows.
            let _ = worker.join();
        }
    }
}

/// Takes requests until there are no more to come.
fn work(mut session: Session, queue: &Mutex<mpsc::Receiver<Request>>) {
    loop {
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let request = queue.recv();
        drop(queue);
        let Ok(Request { inputs, answer }) = request else {
            return;
        };
        if !answer.is_canceled() {
            // Nobody may be waiting any more.
            let _ = answer.send(session.run(&inputs));
        }
    }
}

/// An invocation of a pool: a future of the outputs in the graph's order.
#[derive(Debug)]
#[must_use = "the outputs come by awaiting it"]
pub struct Invocation(oneshot::Receiver<Answer>);

impl Future for Invocation {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let result = Pin::new(&mut self.0).poll(context);
        result.map(|answer| answer.unwrap_or(Err(RunError::Stopped)))
    }
}
