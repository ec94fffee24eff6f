//! BROADCAST_ARGS, without a kernel.

absent!(BroadcastArgs);
