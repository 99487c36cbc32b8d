//! Nothing leaves the machine: scoring opens no socket and writes no file outside its output folder.
//!
//! The program runs under a seccomp filter that kills it at the first system call that makes or uses a socket, with a
//! home, cache and temporary folder of its own that must stay empty. Linux on x86-64 and arm64 only, where the filter is
//! known; needs no tool beside the kernel.
#![cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
#![allow(unsafe_code)]

use std::{
    fs,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::Path,
    process::{Command, Output},
};

use dealtone::score::runtime_library;

/// Makes the kernel kill the calling process at its first socket call; children inherit it.
fn forbid_sockets() -> std::io::Result<()> {
    const LOAD: u16 = (libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16;
    const EQUALS: u16 = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
    const RETURN: u16 = (libc::BPF_RET | libc::BPF_K) as u16;
    let calls = [libc::SYS_socket, libc::SYS_connect, libc::SYS_sendto, libc::SYS_sendmsg, libc::SYS_bind];
    let step = |code, jt, jf, k| libc::sock_filter { code, jt, jf, k };
    // The number of the call stands first in `seccomp_data`.
    let mut program = vec![step(LOAD, 0, 0, 0)];
    for (at, call) in calls.iter().enumerate() {
        program.push(step(EQUALS, (calls.len() - at) as u8, 0, *call as u32));
    }
    program.push(step(RETURN, 0, 0, libc::SECCOMP_RET_ALLOW));
    program.push(step(RETURN, 0, 0, libc::SECCOMP_RET_KILL_PROCESS));
    let filter = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: plain prctl calls; `filter` outlives them and its length is that of `program`.
    unsafe {
        if libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0
            || libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const filter, 0, 0) != 0
        {
            return Err(std::io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Runs `program` without sockets, with nothing in its environment but folders of its own below `home`.
fn run_sealed(program: &str, args: &[&str], home: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(args).current_dir(home).env_clear().env("HOME", home).env("TMPDIR", home).env("XDG_CACHE_HOME", home);
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    // SAFETY: between fork and exec only prctl is called and a small vector allocated, in a child of a test process.
    unsafe { command.pre_exec(forbid_sockets) };
    command.output().expect("the program starts")
}

fn files_below(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.display().to_string());
            }
        }
    }
    found
}

fn killed_by_filter(output: &Output) -> bool {
    output.status.signal() == Some(libc::SIGSYS)
}

#[test]
fn the_filter_kills_a_program_that_opens_a_socket() {
    let home = tempfile::tempdir().unwrap();
    let opens = "import socket; socket.socket()";
    if Command::new("python3").arg("--version").output().is_err() {
        eprintln!("skipped: python3 is not here to open a socket");
        return;
    }
    assert!(
        killed_by_filter(&run_sealed("python3", &["-c", opens], home.path())),
        "the positive control was let through"
    );
}

/// What to say for each runtime that can compute the model here; ONNX Runtime where its library is, which scripts/test sees to.
fn runtimes() -> Vec<Vec<String>> {
    #[cfg(target_arch = "x86_64")]
    let own = std::is_x86_feature_detected!("avx2") && std::is_x86_feature_detected!("fma");
    #[cfg(not(target_arch = "x86_64"))]
    let own = false;
    let library = runtime_library::find(None);
    assert!(library.is_ok() || std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{library:?}");
    let named = |runtime: &str| vec!["--runtime".to_owned(), runtime.to_owned()];
    let mut all = Vec::new();
    if own {
        all.extend([named("own"), named("auto")]);
    }
    if let Ok(library) = library {
        all.push([named("onnxruntime"), vec!["--onnxruntime".into(), library.display().to_string()]].concat());
    }
    if all.is_empty() {
        eprintln!("skipped: nothing here can compute the model");
    }
    all
}

/// Runs dealtone sealed and checks that it does what it is asked for, without a socket.
fn dealtone(args: &[&str], runtime: &[String], home: &Path) -> Output {
    let args: Vec<&str> = args.iter().copied().chain(runtime.iter().map(String::as_str)).collect();
    let output = run_sealed(env!("CARGO_BIN_EXE_dealtone"), &args, home);
    assert!(!killed_by_filter(&output), "{args:?} made a socket call");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

#[test]
fn scoring_opens_no_socket_and_writes_nothing() {
    for runtime in runtimes() {
        let home = tempfile::tempdir().unwrap();
        let output = dealtone(&["score", "--text", "We will sign on Friday."], &runtime, home.path());
        assert!(String::from_utf8_lossy(&output.stdout).contains("\"sentiment\""));
        assert_eq!(files_below(home.path()), Vec::<String>::new(), "{runtime:?}: files outside the output folder");
    }
}

#[test]
fn a_whole_run_opens_no_socket_and_writes_to_its_output_folder_alone() {
    for runtime in runtimes() {
        let (home, out) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let out = out.path().join("run");
        let export = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
        let args = ["analyze", export, "--out", out.to_str().unwrap(), "--format", "csv,parquet,markdown"];
        dealtone(&args, &runtime, home.path());
        assert!(out.join("report.html").is_file());
        assert_eq!(files_below(home.path()), Vec::<String>::new(), "{runtime:?}: files outside the output folder");
    }
}
