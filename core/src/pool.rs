//! Several sessions of one model, so that several inferences are in flight at once.

use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
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
/// ```
#[doc = include_str!("../doc/relu.md")]
/// use std::num::NonZeroUsize;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let builder = Session::builder(Arc::new(Model::from_graph(relu()))).delegate(Arc::new(Rectifier));
/// let pool = SessionPool::new(&builder, NonZeroUsize::MIN.saturating_add(1))?;
/// let frame = |level: f32| Value::from_slice([3], &[-level, 0.0, level]);
///
/// // One after the other …
/// assert_eq!(pool.run(vec![frame(2.0)?])?[0].as_slice::<f32>()?, [0.0, 0.0, 2.0]);
///
/// // … or several at once.
/// let first = pool.invoke_async(vec![frame(3.0)?]);
/// let second = pool.invoke_async(vec![frame(4.0)?]);
/// assert_eq!(first.wait()?[0].as_slice::<f32>()?[2], 3.0);
/// assert_eq!(second.wait()?[0].as_slice::<f32>()?[2], 4.0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SessionPool {
    requests: Option<mpsc::Sender<Request>>,
    /// Requests that no session has begun.
    waiting: Arc<AtomicUsize>,
    queue_limit: usize,
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
        let waiting = Arc::new(AtomicUsize::new(0));
        let work = |session| {
            let (queue, waiting) = (queue.clone(), waiting.clone());
            thread::spawn(move || work(session, &queue, &waiting))
        };
        Ok(SessionPool {
            requests: Some(requests),
            waiting: waiting.clone(),
            queue_limit: usize::MAX,
            workers: sessions.into_iter().map(work).collect(),
        })
    }

    /// Has [`SessionPool::try_invoke`] refuse requests while this many wait for a session.
    #[must_use]
    pub fn with_queue_limit(mut self, requests: usize) -> Self {
        self.queue_limit = requests;
        self
    }

    /// Runs the model once on the next session that is free, and waits for the outputs.
    ///
    /// # Errors
    /// Those of [`Session::run`].
    pub fn run(&self, inputs: Vec<Value>) -> Result<Vec<Value>, RunError> {
        self.invoke_async(inputs).wait()
    }

    /// Runs the model once on the next session that is free. The invocation goes on whether or not the future is polled; one
    /// whose future is dropped before a session begins it does not run. However many requests wait, this one joins them:
    /// [`SessionPool::try_invoke`] heeds the limit.
    pub fn invoke_async(&self, inputs: Vec<Value>) -> Invocation {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.enqueue(inputs)
    }

    /// As [`SessionPool::invoke_async`], unless as many requests wait as the queue's limit allows: a camera drops a frame then
    /// rather than fall behind.
    ///
    /// # Errors
    /// [`QueueFull`], which gives the inputs back.
    pub fn try_invoke(&self, inputs: Vec<Value>) -> Result<Invocation, QueueFull> {
        let more = |waiting| (waiting < self.queue_limit).then_some(waiting + 1);
        let counted = self
            .waiting
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, more);
        match counted {
            Ok(_) => Ok(self.enqueue(inputs)),
            Err(_) => Err(QueueFull { inputs }),
        }
    }

    /// Hands a request, which is counted already, to the sessions.
    fn enqueue(&self, inputs: Vec<Value>) -> Invocation {
        let (answer, result) = oneshot::channel();
        if let Some(requests) = &self.requests {
            // Without a worker the answer is dropped, which the future tells.
            let _ = requests.send(Request { inputs, answer });
        }
        Invocation(result)
    }
}

/// A pool in which as many requests wait as it allows.
#[derive(Debug, thiserror::Error)]
#[error("as many requests wait for a session as the pool's queue takes")]
pub struct QueueFull {
    /// The inputs that were not taken.
    pub inputs: Vec<Value>,
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
fn work(mut session: Session, queue: &Mutex<mpsc::Receiver<Request>>, waiting: &AtomicUsize) {
    loop {
        let queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        let request = queue.recv();
        drop(queue);
        let Ok(Request { inputs, answer }) = request else {
            return;
        };
        waiting.fetch_sub(1, Ordering::Relaxed);
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

impl Invocation {
    /// Waits for the outputs, on this thread.
    ///
    /// # Errors
    /// Those of [`Session::run`], and [`RunError::Stopped`].
    pub fn wait(self) -> Result<Vec<Value>, RunError> {
        pollster::block_on(self)
    }
}

impl Future for Invocation {
    type Output = Answer;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answer> {
        let result = Pin::new(&mut self.0).poll(context);
        result.map(|answer| answer.unwrap_or(Err(RunError::Stopped)))
    }
}
