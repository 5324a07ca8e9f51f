//! Values that are overwritten where the system put them: a variable that is only removed stands
//! there until the process ends, and Linux shows it as `/proc/PID/environ`.

use std::ffi::{CStr, c_char};

#[cfg(not(target_vendor = "apple"))]
#[allow(unsafe_code)]
unsafe extern "C" {
    /// The variables, each as `NAME=value`, and a null behind the last.
    static environ: *const *mut c_char;
}

#[cfg(target_vendor = "apple")]
#[allow(unsafe_code)]
unsafe extern "C" {
    /// Where the same stands on systems of Apple's.
    fn _NSGetEnviron() -> *const *const *mut c_char;
}

/// Overwrites the value of a variable wherever it stands: whoever starts a process may give it
/// two of one name, and the system looks at the first alone.
///
/// # Safety
/// No other thread reads or changes the environment meanwhile, and nobody holds on to the value.
#[allow(unsafe_code)]
pub(super) unsafe fn value(name: &str) {
    #[cfg(not(target_vendor = "apple"))]
    // SAFETY: by this function's contract nobody else is at the environment.
    let variables = unsafe { environ };
    #[cfg(target_vendor = "apple")]
    // SAFETY: the same; what it returns is never null.
    let variables = unsafe { *_NSGetEnviron() };
    if !variables.is_null() {
        // SAFETY: this is the list as the system made it, and it belongs to this process.
        unsafe { value_in(variables, name) };
    }
}

/// The same in this list.
///
/// # Safety
/// The list ends with a null, what stands in it ends with a zero byte and can be written to, and
/// nobody else is at it.
#[allow(unsafe_code)]
unsafe fn value_in(mut next: *const *mut c_char, name: &str) {
    loop {
        // SAFETY: nobody looks behind the null.
        let variable = unsafe { *next };
        if variable.is_null() {
            return;
        }
        // SAFETY: it ends with a zero byte, by this function's contract.
        let text = unsafe { CStr::from_ptr(variable) }.to_bytes();
        let value = text.strip_prefix(name.as_bytes());
        if let Some(value) = value.and_then(|rest| rest.strip_prefix(b"=")) {
            let length = value.len();
            let begins = text.len() - length;
            // SAFETY: it can be written to, by this function's contract, and `text` is not looked
            // at any more.
            unsafe { variable.add(begins).write_bytes(0, length) };
        }
        // SAFETY: this was not the null.
        next = unsafe { next.add(1) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(unsafe_code)]
    fn every_value_of_the_name_is_overwritten_and_no_other() {
        let mut texts = [
            "KEY=canary-1",
            "KEYS=other",
            "A=KEY=other",
            "KEY",
            "",
            "KEY=",
            "KEY=canary=2",
            "MY_KEY=other",
        ]
        .map(|text| [text.as_bytes(), b"\0"].concat());
        let pointers = texts.iter_mut().map(|text| text.as_mut_ptr().cast());
        let list: Vec<*mut c_char> = pointers.chain([std::ptr::null_mut()]).collect();
        // SAFETY: the list and its texts are this test's own, and they end as they should.
        unsafe { value_in(list.as_ptr(), "KEY") };
        let all = texts.concat();
        let left: Vec<_> = all.split(|byte| *byte == 0).collect();
        let left: Vec<_> = left.into_iter().filter(|text| !text.is_empty()).collect();
        let expected = [
            "KEY=",
            "KEYS=other",
            "A=KEY=other",
            "KEY",
            "KEY=",
            "KEY=",
            "MY_KEY=other",
        ];
        assert_eq!(left, expected.map(str::as_bytes));
    }
}
