//! A journal in a folder: segment files, snapshots, and a lock.
//!
//! ```text
//! bot.ryj/lock                          held while the journal is open
//! bot.ryj/00000000000000000001.ryj      records from 1 on
//! bot.ryj/00000000000000004711.ryj      records from 4711 on: the one appended to
//! bot.ryj/00000000000000004650.rysnap   the state after record 4650
//! ```

use std::{
    collections::VecDeque,
    fs::{self, File, OpenOptions},
    io::{self, Read, Seek, SeekFrom, Write},
    path::{Path, PathBuf},
    process, thread,
    time::Duration,
};

use super::{DriverError, Journal, memory::out_of_order, open::readable, tail};
use crate::{
    broker::Segment,
    id::Seq,
    journal::{SEGMENT_HEADER_BYTES, Torn, segment_header},
};

/// A segment file that has reached this size is followed by a new one, in bytes.
const SEGMENT_BYTES: u64 = 64 * 1024 * 1024;
/// The newest snapshot, and one to fall back to.
const SNAPSHOTS: usize = 2;
const SEGMENT: &str = "ryj";
pub(super) const SNAPSHOT: &str = "rysnap";
/// A snapshot that is not whole yet.
const UNFINISHED: &str = "tmp";
/// So many segments are opened before the first of them is read: a bot that writes meanwhile may remove the oldest.
const OPENED: usize = 16;

/// A journal in a folder of its own, on a local disk.
///
/// It appends to the last segment file and calls `fdatasync`; a snapshot is written under another name, synced, and
/// renamed. The folder is locked while it is open.
#[derive(Debug)]
pub struct FileJournal {
    folder: PathBuf,
    /// Held for as long as the journal lives. `None` for one that is only looked at.
    lock: Option<Lock>,
    segment_bytes: u64,
    /// First records of the segment files, in order.
    segments: VecDeque<Seq>,
    last: Seq,
    /// The last segment file, once it was appended to.
    file: Option<File>,
    /// How many bytes of the last segment file are whole records; 0 if it is none yet.
    bytes: u64,
    /// How many bytes the last segment file has, as far as this journal knows: nobody else may write to it.
    len: u64,
    /// The last segment file and what it has, if no record in it is whole. It is no segment yet.
    begun: Option<(Seq, u64)>,
    torn: Option<Torn>,
    /// A file was made or removed since the folder was last synced.
    folder_changed: bool,
}

impl FileJournal {
    /// Opens the journal in the folder `path`, and makes the folder if there is none. Reads the last segment file to
    /// find its end, but changes no record.
    ///
    /// # Errors
    /// [`DriverError::Locked`] (RY2101) if it is open already, [`DriverError::Read`] (RY2102).
    pub fn open(path: impl AsRef<Path>) -> Result<Self, DriverError> {
        let folder = path.as_ref().to_path_buf();
        make(&folder).map_err(|error| DriverError::Read { error: at(&folder, error) })?;
        let lock = lock(&folder)?;
        Self::find(folder, Some(lock))
    }

    /// Opens the journal in the folder `path` for reading only, also while another process has it open: nothing is
    /// locked, made or changed, and what would write is an error. A record that is just being written reads as torn.
    ///
    /// # Errors
    /// [`DriverError::Read`] (RY2102), also if there is no such folder.
    pub fn look(path: impl AsRef<Path>) -> Result<Self, DriverError> {
        Self::find(path.as_ref().to_path_buf(), None)
    }

    fn find(folder: PathBuf, lock: Option<Lock>) -> Result<Self, DriverError> {
        let unread = |error| DriverError::Read { error };
        let mut segments = list(&folder, SEGMENT).map_err(unread)?;
        segments.sort_unstable();
        let (mut last, mut bytes, mut len, mut torn, mut begun) = (Seq(0), 0, 0, None, None);
        if let Some(&first) = segments.last() {
            let path = folder.join(name(first, SEGMENT));
            // A process killed between append and sync left bytes that only the page cache has. What an owner reads from
            // here on counts as durable, so it is made so.
            if lock.is_some() {
                settle(&path).and_then(|()| sync_folder(&folder)).map_err(|error| unread(at(&path, error)))?;
            }
            let end = tail::find(&path, first).map_err(|error| unread(at(&path, error)))?;
            (last, bytes, torn) = (end.last.unwrap_or(Seq(first.0.saturating_sub(1))), end.bytes, end.torn);
            len = end.len;
            if end.last.is_none() && !end.damaged {
                // No record in it is whole: it is written anew, under the same name.
                begun = segments.pop().map(|first| (first, len));
                bytes = 0;
            }
        }
        Ok(Self {
            folder,
            lock,
            segment_bytes: SEGMENT_BYTES,
            segments: segments.into(),
            last,
            file: None,
            bytes,
            len,
            begun,
            torn,
            folder_changed: true,
        })
    }

    /// Starts a new segment file when the last one has reached `bytes`. Without this, 64 MiB.
    #[must_use]
    pub fn with_segment_bytes(mut self, bytes: u64) -> Self {
        self.segment_bytes = bytes;
        self
    }

    /// Is there no segment file, not even one that was only begun?
    #[cfg(feature = "cli")]
    pub(crate) fn is_empty(&self) -> bool {
        self.segments.is_empty() && self.begun.is_none()
    }

    /// The folder.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.folder
    }

    fn segment_path(&self, first: Seq) -> PathBuf {
        self.folder.join(name(first, SEGMENT))
    }

    /// The segment file that record `seq` is in, if it is stored.
    #[cfg(feature = "cli")]
    pub(crate) fn segment_with(&self, seq: Seq) -> Option<PathBuf> {
        self.segments.iter().rfind(|first| **first <= seq).map(|first| self.segment_path(*first))
    }

    /// Do the records that are here go on from the snapshot of record `seq`, without a gap? Not if there are none.
    #[cfg(feature = "cli")]
    pub(crate) fn goes_on_from(&self, seq: Seq) -> bool {
        self.segments.front().is_some_and(|first| *first <= seq.next())
    }

    /// Whoever only looks, from the first record on, may find the oldest of several segments gone.
    fn may_lack(&self, after: Seq, opened: usize, left: usize) -> bool {
        self.lock.is_none() && after == Seq(0) && opened == 0 && left > 1
    }

    /// Who only looks may not write: another process may be writing. Neither may a child of who opened it.
    fn may_write(&self) -> io::Result<()> {
        let refuse = |kind, why: &str| Err(io::Error::new(kind, why));
        let Some(lock) = &self.lock else {
            return refuse(io::ErrorKind::PermissionDenied, "the journal was opened for reading only");
        };
        if !lock.is_own() {
            let why = "the journal was opened by another process, before a fork; open it in the one that uses it";
            return refuse(io::ErrorKind::PermissionDenied, why);
        }
        Ok(())
    }

    /// Makes `self.file` the file to append to.
    fn prepare(&mut self, broker: u32, first: Seq) -> io::Result<&mut File> {
        if self.file.is_none() && self.bytes > 0 {
            if let Some(&last) = self.segments.back() {
                let path = self.segment_path(last);
                self.file = Some(reopen(&path, self.bytes, self.len).map_err(|error| at(&path, error))?);
            }
        } else if let (Some(file), Some(&last)) = (&self.file, self.segments.back()) {
            alone(file, self.len).map_err(|error| at(&self.segment_path(last), error))?;
        }
        if self.file.is_none() || self.bytes >= self.segment_bytes {
            self.start_segment(broker, first)?;
        }
        self.torn = None;
        self.file.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn start_segment(&mut self, broker: u32, first: Seq) -> io::Result<()> {
        if let Some(full) = self.file.take() {
            full.sync_data()?;
        }
        let path = self.segment_path(first);
        let begun = self.begun.take().filter(|(begun, _)| *begun == first);
        let mut file = begin(&path, begun.map(|(_, len)| len)).map_err(|error| at(&path, error))?;
        file.write_all(&segment_header(broker, first)).map_err(|error| at(&path, error))?;
        self.segments.push_back(first);
        self.file = Some(file);
        self.bytes = SEGMENT_HEADER_BYTES as u64;
        self.folder_changed = true;
        Ok(())
    }

    /// Removes old snapshots, and the segments that the oldest one left contains whole.
    fn forget(&mut self) -> io::Result<()> {
        let snapshots = self.snapshots()?;
        for seq in list(&self.folder, UNFINISHED)? {
            remove(&self.folder.join(name(seq, UNFINISHED)))?;
        }
        for seq in snapshots.iter().skip(SNAPSHOTS) {
            remove(&self.folder.join(name(*seq, SNAPSHOT)))?;
        }
        // With a single snapshot, the records before it are what to fall back to.
        let Some(oldest) = snapshots.get(SNAPSHOTS - 1) else { return Ok(()) };
        while self.segments.get(1).is_some_and(|next| *next <= oldest.next()) {
            let Some(first) = self.segments.front().copied() else { break };
            // In order, so that what is left is without a gap whenever this is cut short.
            remove(&self.segment_path(first))?;
            self.segments.pop_front();
        }
        sync_folder(&self.folder)
    }
}

impl Journal for FileJournal {
    fn last(&self) -> Seq {
        self.last
    }

    fn torn(&self) -> Option<Torn> {
        self.torn
    }

    fn begun(&self) -> Option<Seq> {
        self.begun.map(|(first, _)| first)
    }

    fn read(&mut self, after: Seq) -> io::Result<Box<dyn io::Read + '_>> {
        let start = self.segments.iter().rposition(|first| *first <= after.next()).unwrap_or(0);
        let mut paths: VecDeque<_> = self.segments.iter().skip(start).map(|first| self.segment_path(*first)).collect();
        // Behind a segment that was only begun, the one before it is read to its end.
        let last_bytes = if self.begun.is_some() { u64::MAX } else { self.bytes };
        let mut opened = VecDeque::new();
        while let Some(path) = paths.get(opened.len()).filter(|_| opened.len() < OPENED) {
            match File::open(path) {
                Ok(file) => opened.push_back(file),
                // A running bot removes its oldest records, one file after the other.
                Err(error)
                    if error.kind() == io::ErrorKind::NotFound && self.may_lack(after, opened.len(), paths.len()) =>
                {
                    paths.pop_front();
                    self.segments.pop_front();
                }
                Err(error) => return Err(at(path, error)),
            }
        }
        Ok(Box::new(Segments { opened, paths, last_bytes, file: None }))
    }

    fn append(&mut self, broker: u32, segment: Segment<'_>) -> io::Result<()> {
        self.may_write()?;
        if segment.first != self.last.next() && !self.segments.is_empty() {
            return Err(out_of_order(self.last, segment.first));
        }
        self.prepare(broker, segment.first)?.write_all(segment.bytes)?;
        self.bytes += segment.bytes.len() as u64;
        self.len = self.bytes;
        self.last = segment.last;
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        if let Some(file) = &self.file {
            file.sync_data()?;
        }
        if self.folder_changed {
            sync_folder(&self.folder)?;
            self.folder_changed = false;
        }
        Ok(())
    }

    fn snapshots(&mut self) -> io::Result<Vec<Seq>> {
        let mut snapshots = list(&self.folder, SNAPSHOT)?;
        snapshots.sort_unstable_by(|a, b| b.cmp(a));
        Ok(snapshots)
    }

    fn read_snapshot(&mut self, seq: Seq) -> io::Result<Vec<u8>> {
        let path = self.folder.join(name(seq, SNAPSHOT));
        fs::read(&path).map_err(|error| at(&path, error))
    }

    fn save_snapshot(&mut self, seq: Seq, bytes: &[u8]) -> io::Result<()> {
        self.may_write()?;
        let path = self.folder.join(name(seq, SNAPSHOT));
        let unfinished = path.with_extension(UNFINISHED);
        let write = || {
            let mut file = File::create(&unfinished)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            // What it replaces is gone for good.
            readable(&fs::read(&unfinished)?).or_else(|error| remove(&unfinished).and(Err(error)))?;
            fs::rename(&unfinished, &path)?;
            sync_folder(&self.folder)
        };
        write().map_err(|error| at(&path, error))?;
        self.forget()
    }
}

/// The segment files from some record on, one after the other.
#[derive(Debug)]
struct Segments {
    paths: VecDeque<PathBuf>,
    /// The first of them.
    opened: VecDeque<File>,
    /// How much of the last file is to be read.
    last_bytes: u64,
    file: Option<io::Take<File>>,
}

impl Read for Segments {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            if let Some(file) = &mut self.file {
                let len = file.read(out)?;
                if len > 0 {
                    return Ok(len);
                }
            }
            let Some(path) = self.paths.pop_front() else { return Ok(0) };
            let file = match self.opened.pop_front() {
                Some(file) => file,
                None => File::open(&path).map_err(|error| at(&path, error))?,
            };
            let bytes = if self.paths.is_empty() { self.last_bytes } else { u64::MAX };
            self.file = Some(file.take(bytes));
        }
    }
}

/// Makes a folder whose name survives a power cut.
fn make(folder: &Path) -> io::Result<()> {
    match fs::metadata(folder) {
        Ok(found) if found.is_dir() => return Ok(()),
        Ok(_) => return Err(io::Error::other("it is a file; a journal is a folder of its own, so give another path")),
        Err(_) => {}
    }
    let missing = folder.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists());
    let above = missing.map(|made| made.parent().filter(|parent| !parent.as_os_str().is_empty()));
    let above: Vec<&Path> = above.map(|parent| parent.unwrap_or(Path::new("."))).collect();
    fs::create_dir_all(folder)?;
    above.into_iter().rev().try_for_each(sync_folder)
}

/// A folder's lock, while it is held. A child that was forked off has the same file, and keeps it open for as long as it
/// lives: so it is let go of by name, and only by who took it.
#[derive(Debug)]
struct Lock {
    file: File,
    process: u32,
}

impl Lock {
    /// Has this process taken it?
    fn is_own(&self) -> bool {
        self.process == process::id()
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        if self.is_own() {
            // If that fails, it ends with the last who has the file.
            let _ = fs4::FileExt::unlock(&self.file);
        }
    }
}

fn lock(folder: &Path) -> Result<Lock, DriverError> {
    let path = folder.join("lock");
    let open = OpenOptions::new().write(true).create(true).truncate(false).open(&path);
    let file = open.map_err(|error| DriverError::Read { error: at(&path, error) })?;
    // A process that is just ending, or a child between fork and exec, may hold it a moment longer.
    for _ in 0..LOCK_TRIES {
        match fs4::FileExt::try_lock(&file) {
            Ok(()) => return Ok(Lock { file, process: process::id() }),
            Err(fs4::TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(fs4::TryLockError::Error(error)) => return Err(DriverError::Read { error: at(&path, error) }),
        }
    }
    Err(DriverError::Locked { path: folder.to_path_buf() })
}

const LOCK_TRIES: u32 = 10;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// Opens a segment file of `len` bytes to append to, without what comes after its whole records.
fn reopen(path: &Path, bytes: u64, len: u64) -> io::Result<File> {
    let mut file = OpenOptions::new().write(true).open(path)?;
    alone(&file, len)?;
    if len != bytes {
        file.set_len(bytes)?;
        file.sync_all()?;
    }
    file.seek(SeekFrom::Start(bytes))?;
    Ok(file)
}

/// Makes a segment file; `len` is what is there already, without a whole record.
fn begin(path: &Path, len: Option<u64>) -> io::Result<File> {
    let Some(len) = len else {
        return OpenOptions::new().write(true).create_new(true).open(path).map_err(|error| match error.kind() {
            io::ErrorKind::AlreadyExists => shared("it is there already"),
            _ => error,
        });
    };
    let file = OpenOptions::new().write(true).open(path)?;
    alone(&file, len)?;
    file.set_len(0)?;
    Ok(file)
}

/// Whoever has removed the lock, or the folder, may have another process write: then what comes would overwrite its
/// records, or be lost with the file.
fn alone(file: &File, len: u64) -> io::Result<()> {
    let found = file.metadata()?;
    #[cfg(unix)]
    if std::os::unix::fs::MetadataExt::nlink(&found) == 0 {
        return Err(io::Error::new(io::ErrorKind::NotFound, "it was deleted while the journal was open"));
    }
    if found.len() == len {
        return Ok(());
    }
    Err(shared(&format!("it has {} bytes where this process left {len}", found.len())))
}

fn shared(what: &str) -> io::Error {
    let text = format!("{what}: somebody else writes to this journal; stop the other process, and never delete `lock`");
    io::Error::other(text)
}

/// Twenty digits, so that names sort like numbers.
pub(super) fn name(seq: Seq, extension: &str) -> String {
    format!("{:020}.{extension}", seq.0)
}

/// The files of a folder whose names are a record and the extension. Others are somebody else's.
pub(super) fn list(folder: &Path, extension: &str) -> io::Result<Vec<Seq>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| at(folder, error))? {
        let file_name = entry.map_err(|error| at(folder, error))?.file_name();
        let stem = file_name.to_str().and_then(|name| name.strip_suffix(extension)?.strip_suffix('.'));
        let digits = stem.filter(|stem| stem.len() == 20 && stem.bytes().all(|byte| byte.is_ascii_digit()));
        found.extend(digits.and_then(|digits| digits.parse().ok()).map(Seq));
    }
    Ok(found)
}

fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(at(path, error)),
        _ => Ok(()),
    }
}

/// Makes the names in a folder survive a power cut. Windows has no such call and needs none.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

/// The error with the file it is about.
fn at(path: &Path, error: io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("{}: {error}", path.display()))
}

/// Makes what a file holds durable. Windows syncs only what was opened for writing.
fn settle(path: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).open(path)?.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_is_let_go_of_while_somebody_has_its_file_still() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let held = lock(folder.path())?;
        // As a child has it that was forked off.
        let inherited = held.file.try_clone()?;
        drop(held);
        drop(lock(folder.path())?);
        drop(inherited);
        Ok(())
    }
}
