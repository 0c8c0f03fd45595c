//! What is written: the story as a page, and one chain as Mermaid and DOT text.

use std::{
    error::Error,
    fs,
    io::Read,
    path::{Path, PathBuf},
};

use reynolds::{
    Broker, ChainId, Seq, Verdict,
    draw::{Page, Story},
    driver::{FileJournal, Journal},
};

use super::bot;

/// The whole journal, replayed from its first record.
pub struct Replay {
    pub story: Story,
    pub digest: u64,
    pub records: u64,
    pub bytes: u64,
    /// Effects that left, and how many of them were calls of the host's own code.
    pub left: usize,
    pub handled: usize,
}

/// Replays the journal without its snapshot, looking on.
pub fn replay(home: &Path) -> Result<Replay, Box<dyn Error>> {
    let mut bytes = Vec::new();
    FileJournal::open(home.join("bot.ryj"))?.read(Seq(0))?.read_to_end(&mut bytes)?;
    let (mut story, mut left, mut handled) = (Story::new(), 0, 0);
    let mut restorer = Broker::restore(None, bot::keys()?)?;
    restorer.push_watched(&bytes, &mut |replayed| {
        for verdict in &replayed.decision.verdicts {
            let Verdict::Admitted { effect, .. } = verdict else { continue };
            left += 1;
            let open = replayed.view().open("").find(|open| open.effect.id == *effect);
            handled += usize::from(open.is_some_and(|open| open.effect.handle().is_some()));
        }
        story.watch(&replayed);
    })?;
    let (broker, report) = restorer.finish()?;
    let (digest, records) = (broker.view().digest(), report.records);
    Ok(Replay { story, digest, records, bytes: bytes.len() as u64, left, handled })
}

/// Writes the page and the chain, and returns where they are.
pub fn write(
    home: &Path,
    (from, facts): (&str, &[(String, String)]),
    story: &Story,
    chain: Option<ChainId>,
) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let intro = format!(
        "Webhooks: {from}. Each was delivered twice and shuffled, through one bot that was killed half way; then two bots \
         answered each other. The chains that were stopped come first."
    );
    let mut page = Page::new("What a bot did, and why").intro(&intro);
    for (name, value) in facts {
        page = page.fact(name, value);
    }
    let mut written = vec![home.join("index.html")];
    fs::write(&written[0], story.html(&page))?;
    let texts = chain.and_then(|chain| story.mermaid(chain).zip(story.dot(chain)));
    if let Some((mermaid, dot)) = texts {
        for (name, text) in [("chain.mmd", mermaid), ("chain.dot", dot)] {
            let path = home.join(name);
            fs::write(&path, text)?;
            written.push(path);
        }
    }
    Ok(written)
}
