// Bytes that are signed already.
const SIGN_BITS = 0u;
