// Unsigned bytes, which lose 128.
const SIGN_BITS = 0x80808080u;
