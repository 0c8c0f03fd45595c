//! What `--help` says.

/// The help of a verb, of all of it for any other word.
pub fn of(verb: &str) -> String {
    match verb {
        "replay" => REPLAY,
        "open" => OPEN,
        "find" => FIND,
        "stops" => STOPS,
        "explain" => EXPLAIN,
        "graph" => GRAPH,
        "verify" => VERIFY,
        _ => MAIN,
    }
    .into()
}

const MAIN: &str = "\
reynolds: look into the journals of the event broker

  reynolds replay JOURNAL                 what happened, in numbers
  reynolds replay --webhooks FILE.jsonl   what a recording would have led to
  reynolds open JOURNAL                   what is open, and until when: --held for what is held
  reynolds find JOURNAL NAME              the records of a subject, an object or an id
  reynolds stops JOURNAL                  what is stopped, by whom and why
  reynolds explain JOURNAL SEQ            one record in words
  reynolds graph JOURNAL CHAIN            a chain, or plan:NAME, as Mermaid, DOT or HTML
  reynolds verify JOURNAL                 is what is here as it was written?

JOURNAL is the folder of a file journal, or one file of journal bytes. It is only read, also while a bot is using it.

  --json      the answer as JSON, on one line
  --help      this, or after a verb all about it
  --version   the version

Data goes to stdout, notes to stderr.
Exit: 0 all is well, 1 the answer is no, 2 the question or the input can not be understood.
";

const REPLAY: &str = "\
reynolds replay JOURNAL [--html OUT] [--json]

  Decides every record of a journal again and tells what happened, in numbers.

  --html OUT   also write one self-contained page with all chains to OUT

  Exit: 0; 1 if the journal is not sound (the answer tells what was there before the damage).

reynolds replay --webhooks FILE.jsonl [--self ACTOR]... [--config CONFIG.json] [--enforce log|deny]
                [--window MS] [--html OUT] [--save JOURNAL] [--json]

  Runs recorded deliveries through the readers and a broker, and tells which of the bot's effects would have been
  stopped, at which hop and why. Each line of FILE.jsonl is one delivery:

    {\"platform\":\"github\",\"headers\":{\"X-GitHub-Event\":\"issues\",\"X-GitHub-Delivery\":\"...\"},\"body\":{...}}

  platform is github, teams, eventgrid or cloudevents; body is the JSON itself or its text; \"at\" (milliseconds since
  1970) is when it came. Without \"at\" the payload's own time counts, else one second passes from line to line.

  --self ACTOR      an account the bot acts as, for example 'github:my-bot[bot]'. What it did in the recording counts
                    as effects: each as the answer to the latest event on its subject by somebody else.
  --config FILE     the configuration to decide with: limits, rules, `self`. Without it, the defaults and no rules.
  --enforce log     decide and explain, but let the recording go on as it did (the default)
  --enforce deny    stop what is denied, and leave out what followed from it in the recording
  --window MS       how long after an event a deed counts as its answer: 3600000, one hour, unless given
  --save JOURNAL    also write the records to the file JOURNAL, for `explain` and `graph`

  Exit: 0; 1 if something would have been stopped; 2 if no line could be read.
";

const OPEN: &str = "\
reynolds open JOURNAL [--held] [--json]

  Lists the effects that have not ended at the end of the journal: what each is, its rule, whether and why it is held,
  since when and until when at the latest. A journal tells what was decided: its time is that of its last record.

  --held   only what is held

  Exit: 0; 1 if the journal can not be read to its end.
";

const FIND: &str = "\
reynolds find JOURNAL NAME [--json]

  Lists the records that land on a subject ('github:acme/api#7') or are about it, and those of an object, an event's id
  or an effect's, the newest last, with what was decided. NAME is compared letter by letter. `explain` tells more of each record.

  Exit: 0; 1 if no record concerns it.
";

const STOPS: &str = "\
reynolds stops JOURNAL [--json]

  Lists what people and the emergency breaker have stopped and nobody has resumed: what, by whom, why, since when, in
  which record, and the order that lifts it. Your host gives orders, not this program, which only reads.

  Exit: 0; 1 if the journal can not be read to its end.
";

const EXPLAIN: &str = "\
reynolds explain JOURNAL SEQ [--json]

  Tells one record in words: what came in, where it belongs and why, what was wanted, what was decided and why, what
  comes next, and what became of it later. SEQ is the record's number, or the id of an effect that it decided: 100 or
  100.0.

  Exit: 0; 1 if the journal has no such record.
";

const GRAPH: &str = "\
reynolds graph JOURNAL CHAIN [--format mermaid|dot|html] [--json]
reynolds graph JOURNAL plan:[TENANT/]NAME [--format mermaid|dot|html] [--json]

  Draws a chain: what caused what. CHAIN is the number of the chain's first record, as `replay` lists it.

  Of a plan it draws what needs what, and as HTML who did what when: every attempt, wait, retry and handoff.

  --format mermaid   a Mermaid flowchart (the default)
  --format dot       Graphviz DOT
  --format html      one self-contained page, with a timeline, and with the chains that people began by answering
  --json             nodes and edges

  Exit: 0; 1 if the journal has no such chain or plan.
";

const VERIFY: &str = "\
reynolds verify JOURNAL [--json]

  Checks every checksum, decides every record again and compares the decision with the recorded digest, and checks that
  each snapshot leads to the same state. Names the first record that is not as it was written.

  A journal that ends in the middle of a record is reported too. After a crash that is as it should be: the record was
  never durable, and the next append removes it. In a copy it can also mean that the copy is cut short. Whole records
  that are missing at the end leave no trace: compare the last one and its time with what you know.

  Exit: 0 if it is sound; 1 if not.
";
