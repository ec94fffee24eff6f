//! The conformance suite for delegates, golden runner, and the tests that hold the workspace to its plan.
