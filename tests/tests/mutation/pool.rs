//! Hands mutants to workers, and goes on where one of them does not.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::reach::Run;
use crate::worker::{ARGUMENT, Answer, CASE_LIMIT, Task};

/// What came of a mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// naga rejects it.
    Rejected,
    /// A run fails on it, for this reason.
    Killed(Run, String),
    /// No run fails.
    Survived,
}

/// A worker that is silent for so long is given up: a run has several submissions.
const SILENCE: Duration = CASE_LIMIT.saturating_mul(3);

struct Worker {
    child: Child,
    input: ChildStdin,
    answers: Receiver<Answer>,
}

impl Worker {
    fn start() -> Self {
        let program = std::env::current_exe().expect("the path of this program");
        let mut child = Command::new(program)
            .arg(ARGUMENT)
            // Workers share the processors; the device of each takes one.
            .env("LP_NUM_THREADS", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("a worker");
        let input = child.stdin.take().expect("a pipe");
        let output = BufReader::new(child.stdout.take().expect("a pipe"));
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in output.lines() {
                let answer = line.ok().and_then(|line| serde_json::from_str(&line).ok());
                let sent = answer.map(|answer| sender.send(answer));
                if !matches!(sent, Some(Ok(()))) {
                    return;
                }
            }
        });
        Worker {
            child,
            input,
            answers,
        }
    }

    /// What comes of a task, and whether the worker is still fit for another.
    fn hold(&mut self, task: &Task) -> (Fate, bool) {
        let mut line = serde_json::to_vec(task).expect("a line of JSON");
        line.push(b'\n');
        let mut run = task.runs[0];
        if self.input.write_all(&line).is_err() {
            return (Fate::Killed(run, "the worker is gone".to_owned()), false);
        }
        loop {
            match self.answers.recv_timeout(SILENCE) {
                Ok(Answer::Runs(next)) => run = next,
                Ok(Answer::Rejected) => return (Fate::Rejected, true),
                Ok(Answer::Survived) => return (Fate::Survived, true),
                Ok(Answer::Failed(reason)) => {
                    // The device may still be at it.
                    let is_fit = !reason.contains("did not finish") && !reason.contains("was lost");
                    return (Fate::Killed(run, reason), is_fit);
                }
                Err(RecvTimeoutError::Timeout) => {
                    return (Fate::Killed(run, "it comes to no end".to_owned()), false);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    return (Fate::Killed(run, "the driver crashes".to_owned()), false);
                }
            }
        }
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What comes of each task, in their order; `observe` hears of each when it is known.
pub(crate) fn hold_all(tasks: &[Task], observe: &(dyn Fn(usize, &Fate) + Sync)) -> Vec<Fate> {
    let next = Mutex::new(0..tasks.len());
    let fates: Mutex<Vec<(usize, Fate)>> = Mutex::default();
    let hold_some = || {
        let mut worker = Worker::start();
        loop {
            let index = next.lock().expect("no thread panics").next();
            let Some(index) = index else { break };
            let (fate, is_fit) = match &tasks[index].runs[..] {
                [] => (Fate::Survived, true),
                _ => worker.hold(&tasks[index]),
            };
            if !is_fit {
                worker = Worker::start();
            }
            observe(index, &fate);
            fates.lock().expect("no thread panics").push((index, fate));
        }
    };
    // While one waits for the device, another compiles.
    let workers = 2 * thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..workers.min(tasks.len()) {
            scope.spawn(hold_some);
        }
    });
    let mut fates = fates.into_inner().expect("no thread panics");
    fates.sort_by_key(|(index, _)| *index);
    fates.into_iter().map(|(_, fate)| fate).collect()
}
