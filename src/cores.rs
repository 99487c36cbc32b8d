//! How many cores this process may compute on: its affinity mask and its container's quota of processor time, as Linux
//! tells them in files. A thread beyond the quota is no help: the kernel stops the whole group until the next period.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
};

/// How many threads may compute at once, at least 1: the cores of the affinity mask, or the container's quota rounded up
/// where that is less.
pub fn allowed() -> usize {
    // Without these files, as on other systems, the standard library's word is taken; it knows no quota rounded up.
    let affinity = affinity(Path::new("/")).or_else(|| thread::available_parallelism().ok().map(usize::from));
    let quota = quota(Path::new("/")).map(|cpus| cpus.ceil() as usize);
    affinity.unwrap_or(1).min(quota.unwrap_or(usize::MAX)).max(1)
}

/// Cores in the calling thread's affinity mask.
fn affinity(root: &Path) -> Option<usize> {
    let status = fs::read_to_string(root.join("proc/thread-self/status")).ok()?;
    let list = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:"))?;
    let count = |range: &str| {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        (last + 1).checked_sub(first)
    };
    list.trim().split(',').map(count).sum()
}

/// Processors' worth of time that the tightest of the process's control groups and their parents grants, of version 1
/// and 2 alike; `None` where none of them limits it.
fn quota(root: &Path) -> Option<f64> {
    let read = |path: &str| fs::read_to_string(root.join(path)).unwrap_or_default();
    let mounts: Vec<Mount> = read("proc/self/mountinfo").lines().filter_map(Mount::parse).collect();
    // Lines of `id:controllers:path`; version 2 has the id 0 and no controllers.
    let groups = read("proc/self/cgroup");
    let groups = groups.lines().filter_map(|line| {
        let (_, rest) = line.split_once(':')?;
        let (controllers, path) = rest.split_once(':')?;
        let version_1 = controllers.split(',').any(|c| c == "cpu");
        (version_1 || controllers.is_empty()).then_some((version_1, path))
    });
    groups
        .flat_map(|(version_1, path)| {
            mounts
                .iter()
                .filter(move |mount| mount.version_1 == version_1)
                .filter_map(move |mount| mount.find(root, path))
        })
        .flat_map(|(top, group)| {
            let up: Vec<PathBuf> = group.ancestors().take_while(|g| g.starts_with(&top)).map(PathBuf::from).collect();
            up
        })
        .filter_map(|group| limit(&group).ok().flatten())
        .reduce(f64::min)
}

/// Where a hierarchy of control groups can be seen.
struct Mount {
    version_1: bool,
    /// The group that stands at the mount point: a container may see only its own.
    shown: PathBuf,
    point: PathBuf,
}

impl Mount {
    /// Of a line of `mountinfo`; `None` for what is no hierarchy that knows processors.
    fn parse(line: &str) -> Option<Mount> {
        let (mount, kind) = line.split_once(" - ")?;
        let mut kind = kind.split(' ');
        let version_1 = match kind.next()? {
            "cgroup" => true,
            "cgroup2" => false,
            _ => return None,
        };
        if version_1 && !kind.nth(1)?.split(',').any(|option| option == "cpu") {
            return None;
        }
        let mut fields = mount.split(' ').skip(3);
        Some(Mount { version_1, shown: fields.next()?.into(), point: fields.next()?.into() })
    }

    /// The folders of the mount point and of the group at `path`, below `root`.
    fn find(&self, root: &Path, path: &str) -> Option<(PathBuf, PathBuf)> {
        let top = root.join(self.point.strip_prefix("/").ok()?);
        // What is not below what is shown is seen at the mount point, as from inside a container.
        let below = Path::new(path).strip_prefix(&self.shown).unwrap_or(Path::new(""));
        Some((top.clone(), top.join(below)))
    }
}

/// The limit that one group sets itself.
fn limit(group: &Path) -> io::Result<Option<f64>> {
    let read = |name: &str| fs::read_to_string(group.join(name));
    let (quota, period) = match read("cpu.max") {
        Ok(both) => {
            let mut both = both.split_whitespace().map(str::to_owned);
            (both.next().unwrap_or_default(), both.next().unwrap_or_default())
        }
        Err(_) => (read("cpu.cfs_quota_us")?, read("cpu.cfs_period_us")?),
    };
    // No limit is "max" in version 2 and -1 in version 1.
    let number = |text: String| text.trim().parse::<f64>().ok().filter(|n| *n > 0.0);
    Ok(number(quota).zip(number(period)).map(|(quota, period)| quota / period))
}

#[cfg(test)]
mod tests {
    use super::*;

    const V2: &str = "25 20 0:22 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup rw,nsdelegate";
    const V1: &str = "30 25 0:26 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n\
                      31 25 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory";
    /// Version 1 in a container without a namespace of its own: it sees its own group at the mount point.
    const V1_INSIDE: &str = "30 25 0:26 /docker/abc /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu";

    /// What a machine tells in files: mounts, the process's groups, and the groups' files.
    type Tree<'a> = (&'a str, &'a str, &'a str, &'a [(&'a str, &'a str)], Option<f64>);

    #[test]
    fn the_tightest_quota_of_the_process_and_its_parents_counts() {
        let trees: &[Tree] = &[
            ("v2", V2, "0::/", &[("sys/fs/cgroup/cpu.max", "150000 100000\n")], Some(1.5)),
            ("v2 without a limit", V2, "0::/a", &[("sys/fs/cgroup/a/cpu.max", "max 100000\n")], None),
            ("v2 at its root, where the file is not", V2, "0::/", &[], None),
            (
                "v2, the parent is tighter",
                V2,
                "0::/pod/side",
                &[("sys/fs/cgroup/pod/cpu.max", "50000 100000"), ("sys/fs/cgroup/pod/side/cpu.max", "400000 100000")],
                Some(0.5),
            ),
            (
                "v2, another process's group",
                V2,
                "0::/a",
                &[("sys/fs/cgroup/b/cpu.max", "50000 100000"), ("sys/fs/cgroup/a/cpu.max", "max 100000")],
                None,
            ),
            (
                "v1",
                V1,
                "4:memory:/x\n3:cpu,cpuacct:/a\n",
                &[
                    ("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_quota_us", "250000\n"),
                    ("sys/fs/cgroup/cpu,cpuacct/a/cpu.cfs_period_us", "100000\n"),
                ],
                Some(2.5),
            ),
            (
                "v1 without a limit",
                V1,
                "3:cpu,cpuacct:/",
                &[
                    ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "-1\n"),
                    ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "100000\n"),
                ],
                None,
            ),
            (
                "v1 seen from inside its container",
                V1_INSIDE,
                "3:cpu:/docker/abc",
                &[
                    ("sys/fs/cgroup/cpu/cpu.cfs_quota_us", "50000\n"),
                    ("sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"),
                ],
                Some(0.5),
            ),
            (
                "both, processors in v1",
                &format!("{V1}\n{V2}"),
                "3:cpu:/\n0::/",
                &[
                    ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us", "100000"),
                    ("sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us", "50000"),
                ],
                Some(2.0),
            ),
            ("words where numbers should be", V2, "0::/", &[("sys/fs/cgroup/cpu.max", "much often")], None),
            ("a period of nothing", V2, "0::/", &[("sys/fs/cgroup/cpu.max", "100000 0")], None),
            ("no control groups", "", "", &[], None),
        ];
        for (what, mounts, groups, files, expected) in trees {
            let root = tempfile::tempdir().unwrap();
            let told = [("proc/self/mountinfo", *mounts), ("proc/self/cgroup", *groups)];
            for (path, content) in told.iter().chain(files.iter()) {
                let path = root.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            assert_eq!(quota(root.path()), *expected, "{what}");
        }
    }

    #[test]
    fn cores_of_the_affinity_mask_are_counted() {
        for (list, expected) in [("0-7", Some(8)), ("0", Some(1)), ("0-1,4,6-7", Some(5)), ("", None), ("3-1", None)] {
            let root = tempfile::tempdir().unwrap();
            let folder = root.path().join("proc/thread-self");
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("status"), format!("Name:\tx\nCpus_allowed_list:\t{list}\nThreads:\t1\n")).unwrap();
            assert_eq!(affinity(root.path()), expected, "{list:?}");
        }
    }
}
