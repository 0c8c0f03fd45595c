//! The documented rules of resilience4j's `CircuitBreaker`, as sequences of calls with the state they lead to.
//!
//! | sign | is |
//! |---|---|
//! | `.` `,` `x` `~` `#` | a call that passes and returns: good, good after exactly `slow_ms`, failed, slow, slow and failed |
//! | `?` | a call that is not let through |
//! | `(` | a call that passes and is under way |
//! | `)` `!` `-` | the oldest one under way returns: good, failed, ignored |
//! | `+250` | 250 ms pass |
//! | `t` | the breaker is told the time |
//! | `c` `o` `h` `k` `l` `d` | a state is set: closed, open, half-open, forced open, forced closed, disabled |
//! | `C` `O` `H` `K` `L` `D` | it is in that state |

use alloc::{collections::VecDeque, format, string::String, vec::Vec};

use super::*;

fn policy(name: &str) -> BreakerPolicy {
    let four = BreakerPolicy {
        slow_ms: 100,
        window: Window::Calls { calls: 4 },
        minimum_calls: 4,
        open_ms: 1_000,
        probes: 2,
        ..BreakerPolicy::default()
    };
    match name {
        "four" => four,
        "two of ten" => BreakerPolicy { window: Window::Calls { calls: 10 }, minimum_calls: 2, probes: 5, ..four },
        "slow" => BreakerPolicy { slow_rate_ppm: 500_000, ..four },
        "time" => BreakerPolicy { window: Window::Seconds { seconds: 10 }, minimum_calls: 3, ..four },
        "longer" => BreakerPolicy { open_factor: 2, open_max_ms: 5_000, ..four },
        "impatient" => BreakerPolicy { half_open_max_ms: 500, ..four },
        "ramp" => {
            BreakerPolicy { window: Window::Calls { calls: 8 }, minimum_calls: 8, probes: 8, probes_at_once: 1, ..four }
        }
        "one" => BreakerPolicy {
            window: Window::Calls { calls: 1 },
            minimum_calls: 1,
            probes: 1,
            failure_rate_ppm: 1_000_000,
            ..four
        },
        "agent" => BreakerPolicy::agent(),
        other => unreachable!("no policy {other}"),
    }
}

const TABLE: &[(&str, &[(&str, &str)])] = &[
    (
        "four",
        &[
            ("a new breaker is closed", "C"),
            ("good calls keep it closed", "........C"),
            ("below the minimum no failure opens it", "xxxC"),
            ("at the minimum it opens", "xxxCxO"),
            ("a rate at the threshold opens it", "..xCxO"),
            ("a rate below keeps it closed", "...xC"),
            ("a good call can complete the minimum", "xx.C.O"),
            ("the order of failures does not matter", ".x.xO"),
            ("only the last four count", "x...xC"),
            ("two failures in the last four are enough", "...xCxO"),
            ("failures that are far apart are not", "...x...x...xC"),
            ("open lets nothing through", "xxxx?O?O"),
            ("one millisecond too early", "xxxx+999?O"),
            ("at the end of its wait, a call passes", "xxxx+1000(H"),
            ("without a call it stays open", "xxxx+5000O"),
            ("unless it is told the time", "xxxx+1000tH"),
            ("told too early, it stays open", "xxxx+999tO"),
            ("good probes close it", "xxxx+1000.H.C"),
            ("one failed probe is not enough to judge", "xxxx+1000xH"),
            ("half of the probes failed", "xxxx+1000xH.O"),
            ("the other half", "xxxx+1000.HxO"),
            ("all probes failed", "xxxx+1000xxO"),
            ("no more probes than permitted", "xxxx+1000((?H"),
            ("not even when one has returned", "xxxx+1000(()?H"),
            ("an ignored one makes room", "xxxx+1000((-(?H"),
            ("probes under way at once, both good", "xxxx+1000(()H)C"),
            ("probes under way at once, one failed", "xxxx+1000((!H)O"),
            ("closed again, it forgets what was", "xxxx+1000..CxxxCxO"),
            ("open again, it waits again", "xxxx+1000xxO+999?O+1.H"),
            ("calls under way count when they return", "((((!!!C!O"),
            ("a good call that returns when open changes nothing", "(xxxxO)O+999?+1(H"),
            ("a call from before is no good probe", "(xxxx+1000(H)H)H.C"),
            ("nor is it a failed one", "(xxxx+1000(H!H)H.C"),
            ("ignored calls do not count when closed", "xxx(-C(-Cx"),
            ("forced open lets nothing through, ever", "kK?K+999999?K"),
            ("forced open takes no result", "(k!K?K"),
            ("forced closed counts and never opens", "lLxxxxxxxxLxL"),
            ("disabled neither counts nor opens", "dDxxxxxxxxD"),
            ("what was disabled has counted nothing", "dxxxxc.C"),
            ("what was forced closed begins anew", "lxxxxcxxxC"),
            ("forced open can be closed", "kc....C"),
            ("forced open can be opened, and then tries again", "ko?O+1000..C"),
            ("set to closed, it forgets what was", "xxxcxxxCxO"),
            ("set to open, it waits", "oO?+1000(H"),
            ("set to half-open, it takes probes", "hH.H.C"),
            ("set to half-open, failed probes open it", "hxxO"),
            ("only slow calls open it by default", "~~~.C~~~C~O"),
        ],
    ),
    (
        "two of ten",
        &[
            ("the minimum may be smaller than the window", "xCxO"),
            ("half of two", ".xO"),
            ("a third, and half", "..xCxO"),
            ("two in ten", "......xCxC"),
            ("the minimum holds for probes too", "xxO+1000(.H.C"),
            ("and for failed ones", "xxO+1000(xHxO"),
            ("half of the probes", "xxO+1000x.O"),
            ("a probe that returns when closed again does not count", "xxO+1000(..C!CxC"),
        ],
    ),
    (
        "slow",
        &[
            ("slow calls count from the minimum", "~~~C~O"),
            ("at the threshold", "..~C~O"),
            ("below the threshold", "...~C"),
            ("as long as allowed is not slow", ",,,,C"),
            ("slow and failed are two rates, not one", "~x..C"),
            ("a call may be both", "#...C"),
            ("slow and failed at the threshold", "#..#O"),
            ("slow probes open it again", "~~~~O+1000~~O"),
            ("quick probes close it", "~~~~O+1000..C"),
        ],
    ),
    (
        "time",
        &[
            ("the minimum holds for a time window", "xxC"),
            ("and is enough", "xxC.O"),
            ("calls leave after ten seconds", "xx+10000.C"),
            ("and not before", "xx+9999.O"),
            ("seconds are those of the clock", "+999xx+9001.C"),
            ("time alone changes nothing", "xxC+60000C"),
            ("a rate over several seconds", "...+5000xxCxO"),
            ("good calls leave as well", "...+5000xxC+5000xO"),
            ("probes are counted, not timed", "xxxO+1000.H+20000.C"),
        ],
    ),
    (
        "longer",
        &[
            ("the second wait is twice the first", "xxxxO+1000xxO+1999?O+1.H"),
            ("the third twice the second", "xxxxO+1000xxO+2000xxO+3999?O+1.H"),
            ("none is longer than the longest", "xxxxO+1000xx+2000xx+4000xxO+4999?O+1.H"),
            ("closed, it begins with the first", "xxxxO+1000xx+2000..CxxxxO+999?O+1.H"),
            ("set to open, likewise", "xxxxO+1000xxOo+999?O+1.H"),
        ],
    ),
    (
        "impatient",
        &[
            ("probes have half a second", "xxxx+1000(+499tH+1tO"),
            ("a late probe counts nothing", "xxxx+1000(+500)O+999?O+1.H"),
            ("nobody else passes then", "xxxx+1000(+500?O"),
            ("each of them, one after the other", "xxxx+1000(+499)H(+499)C"),
            ("from the last one on", "xxxx+1000(+499(+499)tH)C"),
            ("and from the last one that returned", "xxxx+1000((+499)+499)C"),
            ("no time passes while none is under way", "xxxx+1000tH+9999tH(+499)H+9999tH(+499)C"),
            ("nor after one that was ignored", "xxxx+1000(-+9999tH..C"),
        ],
    ),
    (
        "ramp",
        &[
            ("one probe at once", "xxxxxxxxO+1000(?H"),
            ("then two", "xxxxxxxx+1000(?)((?H"),
            ("then four", "xxxxxxxx+1000.((?))((((?H"),
            ("a failed one makes no room", "xxxxxxxx+1000x(?H"),
            ("all good", "xxxxxxxx+1000.......H.C"),
            ("half of them", "xxxxxxxx+1000....xxxHxO"),
        ],
    ),
    ("one", &[("the last call decides", ".C.CxO+1000.CxO+1000xO+999?+1.C")]),
    (
        "agent",
        &[
            ("three in a row", "......xxCxO+29999?+1(?H"),
            ("two of the first three", ".xCxO"),
            ("two of the last six", "......x..xC"),
            ("30 s, then a minute, then closed by two probes", "xxxO+30000x.O+59999?O+1.H.C"),
            ("two probes of 50 minutes each", "xxxO+30000(+3000000)H(+3000000)C"),
            ("of 90 minutes, from the second time on", "xxxO+30000(+3600000tO)O+60000(+5400000)H(+5400000)C"),
            (
                "no probe has more than a day",
                "xxxO+30000(+3600000t+60000(+7200000t+120000(+14400000t+240000(+28800000t+300000(+57600000t+300000(+86399999tH+1tO",
            ),
        ],
    ),
];

fn play(policy: BreakerPolicy, script: &str) -> Result<(), String> {
    let mut breaker = Breaker::new(policy, Timestamp(0)).map_err(|error| format!("{error}"))?;
    let slow_ms = breaker.policy.slow_ms;
    let (mut now, mut under_way, mut signs) = (Timestamp(0), VecDeque::new(), script.char_indices().peekable());
    while let Some((at, sign)) = signs.next() {
        let failure = |what: &str| format!("{what} at {at} in `{script}`");
        match sign {
            '.' | ',' | 'x' | '~' | '#' => {
                let pass = breaker.try_pass(now).map_err(|_| failure("not let through"))?;
                let took_ms = if matches!(sign, '~' | '#') { slow_ms + 1 } else { 1 };
                let took_ms = if sign == ',' { slow_ms } else { took_ms };
                breaker.on_result(now, pass, CallResult::failed_if(matches!(sign, 'x' | '#')), took_ms);
            }
            '(' => under_way.push_back(breaker.try_pass(now).map_err(|_| failure("not let through"))?),
            '?' => {
                let would = breaker.would_pass(now);
                if breaker.try_pass(now).is_ok() || would {
                    return Err(failure("let through"));
                }
            }
            ')' | '!' | '-' => {
                let pass = under_way.pop_front().ok_or_else(|| failure("nothing under way"))?;
                if sign == '-' {
                    breaker.on_ignored(now, pass);
                } else {
                    breaker.on_result(now, pass, CallResult::failed_if(sign == '!'), 1);
                }
            }
            '+' => {
                let mut ms = 0;
                while let Some(digit) = signs.peek().and_then(|(_, sign)| sign.to_digit(10)) {
                    ms = ms * 10 + u64::from(digit);
                    signs.next();
                }
                now = now.plus_ms(ms);
            }
            't' => drop(breaker.on_due(now)),
            lower if lower.is_ascii_lowercase() => breaker.set(now, named(lower.to_ascii_uppercase())),
            upper => {
                if breaker.state() != named(upper) {
                    return Err(failure(&format!("{:?}", breaker.state())));
                }
            }
        }
        breaker.check().map_err(failure)?;
    }
    Ok(())
}

fn named(letter: char) -> BreakerState {
    match letter {
        'C' => BreakerState::Closed,
        'O' => BreakerState::Open,
        'H' => BreakerState::HalfOpen,
        'K' => BreakerState::ForcedOpen,
        'L' => BreakerState::ForcedClosed,
        'D' => BreakerState::Disabled,
        other => unreachable!("no state {other}"),
    }
}

#[test]
fn every_sequence_leads_to_the_documented_state() {
    let rows: Vec<_> = TABLE.iter().flat_map(|(name, rows)| rows.iter().map(move |row| (*name, row))).collect();
    assert!(rows.len() >= 80, "{} rows", rows.len());
    let wrong: Vec<_> = rows
        .into_iter()
        .filter_map(|(name, (rule, script))| play(policy(name), script).err().map(|why| (name, *rule, why)))
        .collect();
    assert_eq!(wrong, []);
}
