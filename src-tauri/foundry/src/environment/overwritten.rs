//! Values that are overwritten where the system put them: a variable that is only removed stands
//! there until the process ends, and Linux shows it as `/proc/PID/environ`.

use std::ffi::{CStr, CString, c_char};

#[allow(unsafe_code)]
unsafe extern "C" {
    /// Where a variable's value stands; null when there is none of this name.
    fn getenv(name: *const c_char) -> *mut c_char;
}

/// Overwrites the value of a variable, which is empty from then on.
///
/// # Safety
/// No other thread reads or changes the environment meanwhile, and nobody holds on to the value.
#[allow(unsafe_code)]
pub(super) unsafe fn value(name: &str) {
    let name = CString::new(name).expect("BUG: a variable's name has no zero byte");
    // SAFETY: the name ends with a zero byte, and by this function's contract nobody else is at
    // the environment.
    let value = unsafe { getenv(name.as_ptr()) };
    if value.is_null() {
        return;
    }
    // SAFETY: what getenv points at ends with a zero byte, belongs to this process and can be
    // written to.
    unsafe {
        let length = CStr::from_ptr(value).to_bytes().len();
        value.write_bytes(0, length);
    }
}
