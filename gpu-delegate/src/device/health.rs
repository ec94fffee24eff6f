//! What goes wrong on a device, heard and told: no call to wgpu is without it.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use demilite_core::Work;

use super::Device;
use crate::error::GpuError;
use crate::options::AdapterKind;

/// What any submission may take where the options say nothing.
const LONGEST_START: Duration = Duration::from_secs(60);

/// Multiply-adds and bytes a second that a software adapter gets through on a slow processor that others use too.
const SLOWEST_SOFTWARE: u64 = 50_000_000;

/// What is known of a device's state.
#[derive(Default)]
pub(crate) struct Health {
    /// Why it was lost.
    lost: OnceLock<String>,
    /// Whether the last wait ended before the device's work did.
    hangs: AtomicBool,
    /// Nanoseconds that callers have waited for it.
    waited: AtomicU64,
}

impl Health {
    /// That of a device that has no handlers yet.
    pub(crate) fn watch(device: &wgpu::Device) -> Arc<Self> {
        // Every call of this crate is in an error scope: what comes here is the caller's own.
        device.on_uncaptured_error(Arc::new(|error: wgpu::Error| {
            tracing::error!(%error, "wgpu");
        }));
        let health = Arc::new(Health::default());
        let heard = health.clone();
        device.set_device_lost_callback(move |reason, message| {
            heard.lose(match message.as_str() {
                "" => format!("{reason:?}").to_lowercase(),
                _ => message,
            });
        });
        health
    }

    /// Counts what a caller waits from `started` on.
    pub(crate) fn count_wait(&self, started: Instant) {
        let nanoseconds = u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.waited.fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// How long callers have waited for it.
    pub(crate) fn waited(&self) -> Duration {
        Duration::from_nanos(self.waited.load(Ordering::Relaxed))
    }

    fn lose(&self, message: String) -> GpuError {
        let message = self.lost.get_or_init(|| message).clone();
        GpuError::DeviceLost { message }
    }
}

/// What a panic said.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(ToString::to_string);
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "a panic".to_owned())
}

impl Device {
    /// Runs `call`, and turns what wgpu has to say of it into an error; `what` names it. A device that is known to be lost is not
    /// asked.
    ///
    /// # Errors
    /// [`GpuError::DeviceLost`], [`GpuError::OutOfMemory`], [`GpuError::Rejected`], also for a panic: naga writes some shaders that
    /// it has validated only as far as one.
    pub(crate) fn guarded<T>(&self, what: &str, call: impl FnOnce() -> T) -> Result<T, GpuError> {
        self.expect_alive()?;
        let (result, error) = self.scoped(call);
        self.expect_alive()?;
        let message = match (result, error) {
            (_, Some(wgpu::Error::OutOfMemory { .. })) => {
                return Err(GpuError::OutOfMemory {
                    what: what.to_owned(),
                });
            }
            (Err(panic), _) => message(panic.as_ref()),
            (_, Some(error)) => error.to_string(),
            (Ok(result), None) => return Ok(result),
        };
        Err(self.rejected(what, message))
    }

    /// Runs `call` in error scopes, which are the calling thread's own, and gives the first error.
    fn scoped<T>(
        &self,
        call: impl FnOnce() -> T,
    ) -> (Result<T, Box<dyn Any + Send>>, Option<wgpu::Error>) {
        let memory = self.handle.push_error_scope(wgpu::ErrorFilter::OutOfMemory);
        let validation = self.handle.push_error_scope(wgpu::ErrorFilter::Validation);
        let internal = self.handle.push_error_scope(wgpu::ErrorFilter::Internal);
        let result = catch_unwind(AssertUnwindSafe(call));
        let internal = pollster::block_on(internal.pop());
        let validation = pollster::block_on(validation.pop());
        let memory = pollster::block_on(memory.pop());
        (result, memory.or(validation).or(internal))
    }

    /// The error of a call that wgpu rejected; a device that is gone rejects everything.
    pub(crate) fn rejected(&self, what: &str, message: String) -> GpuError {
        if !self.answers() {
            return self.health.lose(message);
        }
        GpuError::Rejected {
            what: what.to_owned(),
            message,
        }
    }

    /// # Errors
    /// [`GpuError::DeviceLost`] where that is known.
    fn expect_alive(&self) -> Result<(), GpuError> {
        match self.health.lost.get() {
            Some(message) => Err(self.health.lose(message.clone())),
            None => Ok(()),
        }
    }

    /// # Errors
    /// [`GpuError::DeviceLost`] where the device is not there.
    pub(crate) fn expect_answer(&self) -> Result<(), GpuError> {
        match self.answers() {
            true => Ok(()),
            false => Err(self.health.lose("it does not answer".to_owned())),
        }
    }

    /// Whether the device is there. A device of the caller has the caller's handlers, and one that is lost takes calls in silence:
    /// it neither gives memory nor says that it has none.
    fn answers(&self) -> bool {
        let (mapped, error) = self.scoped(|| {
            let buffer = self.handle.create_buffer(&wgpu::BufferDescriptor {
                label: Some("a question"),
                size: 16,
                usage: wgpu::BufferUsages::COPY_DST,
                mapped_at_creation: true,
            });
            buffer.slice(..).get_mapped_range_mut().is_ok()
        });
        error.is_some() || mapped.unwrap_or(false)
    }

    /// How long a submission of this much work may take.
    pub(crate) fn time_limit(&self, work: Work) -> Duration {
        if let Some(timeout) = self.options().timeout {
            return timeout;
        }
        match self.adapter().kind {
            AdapterKind::Cpu => {
                let units = work.multiply_adds.saturating_add(work.bytes);
                LONGEST_START + Duration::from_secs(units / SLOWEST_SOFTWARE)
            }
            AdapterKind::Discrete
            | AdapterKind::Integrated
            | AdapterKind::Virtual
            | AdapterKind::Other => LONGEST_START,
        }
    }

    /// Waits for `submission`, for no longer than `limit`.
    ///
    /// # Errors
    /// [`GpuError::TimedOut`], [`GpuError::DeviceLost`].
    pub(crate) fn wait(
        &self,
        submission: wgpu::SubmissionIndex,
        limit: Duration,
    ) -> Result<(), GpuError> {
        self.expect_alive()?;
        let started = Instant::now();
        let poll = self.poll(wgpu::PollType::Wait {
            submission_index: Some(submission),
            timeout: Some(limit),
        });
        self.health.count_wait(started);
        self.expect_alive()?;
        let hangs = matches!(poll, Ok(Err(wgpu::PollError::Timeout)));
        self.health.hangs.store(hangs, Ordering::Relaxed);
        match poll {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(wgpu::PollError::Timeout)) => Err(GpuError::TimedOut { limit }),
            Ok(Err(error)) => Err(self.rejected("a wait", error.to_string())),
            // wgpu panics where the driver says that the device is gone.
            Err(panic) => Err(self.health.lose(panic)),
        }
    }

    /// Asks how far the device is; a panic of wgpu is its message.
    fn poll(
        &self,
        poll: wgpu::PollType,
    ) -> Result<Result<wgpu::PollStatus, wgpu::PollError>, String> {
        catch_unwind(AssertUnwindSafe(|| self.handle.poll(poll)))
            .map_err(|panic| message(panic.as_ref()))
    }
}

/// wgpu drops a queue only once it is idle, however long that takes: one that hangs is left as it is.
impl Drop for Device {
    fn drop(&mut self) {
        if !self.health.hangs.load(Ordering::Relaxed) {
            return;
        }
        let poll = self.poll(wgpu::PollType::Poll);
        if !matches!(poll, Ok(Ok(wgpu::PollStatus::QueueEmpty))) {
            std::mem::forget((self.handle.clone(), self.queue.clone()));
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use demilite_core::Work;

    use super::{LONGEST_START, SLOWEST_SOFTWARE};
    use crate::device::tests::open;
    use crate::error::GpuError;
    use crate::options::AdapterKind;
    use crate::options::GpuOptions;

    #[test]
    fn a_software_adapter_may_take_longer_for_more_work_unless_a_limit_was_asked_for() {
        let large = Work {
            multiply_adds: 100 * SLOWEST_SOFTWARE,
            bytes: 0,
        };
        let Some(device) = open(&GpuOptions::default()) else {
            return;
        };
        assert_eq!(device.time_limit(Work::default()), LONGEST_START);
        let longer = match device.adapter().kind {
            AdapterKind::Cpu => Duration::from_secs(100),
            _ => Duration::ZERO,
        };
        assert_eq!(device.time_limit(large), LONGEST_START + longer);
        let asked = Some(Duration::from_millis(5));
        let options = GpuOptions::default().timeout(asked);
        let limit = open(&options).map(|device| device.time_limit(large));
        assert_eq!(limit, asked);
    }

    #[test]
    fn a_panic_is_an_error_and_leaves_no_scope_behind() {
        let Some(device) = open(&GpuOptions::default()) else {
            return;
        };
        let error = device.guarded("a call", || panic!("in the {}", "writer"));
        let Err(GpuError::Rejected { what, message }) = error else {
            panic!("{error:?}");
        };
        assert_eq!(
            (what.as_str(), message.as_str()),
            ("a call", "in the writer")
        );
        // An error after it comes where it belongs.
        let mapped = wgpu::BufferUsages::MAP_READ | wgpu::BufferUsages::MAP_WRITE;
        let error = device.guarded("a buffer", || {
            device.handle.create_buffer(&wgpu::BufferDescriptor {
                label: None,
                size: 16,
                usage: mapped | wgpu::BufferUsages::STORAGE,
                mapped_at_creation: false,
            })
        });
        assert!(matches!(error, Err(GpuError::Rejected { .. })), "{error:?}");
        assert!(device.guarded("a call", || 5).is_ok_and(|five| five == 5));
    }
}
