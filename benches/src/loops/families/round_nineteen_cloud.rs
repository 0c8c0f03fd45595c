//! Operations: tasks put back, restarts, releases, verdicts, a night of incidents, a graded model, cheap machines.

use super::{DAY, HOUR, MINUTE, SECOND, answer, call, phrased, remark, turns};
use crate::loops::families::{Family, careless, declared, looping};
use crate::loops::scene::{Actor, Scene};

pub(super) const FAMILIES: &[Family] = &[
    looping(
        "healer_puts_back_what_can_not_run",
        "",
        "A healer puts failed tasks back into the queue; the sandbox of the machine is broken, and they fail again",
        healer_puts_back_what_can_not_run,
    ),
    declared(
        "tasks_put_back_after_an_outage",
        "",
        "An outage fails many agent tasks; each is put back up to three times, and then they all run through",
        tasks_put_back_after_an_outage,
    ),
    looping(
        "restart_that_counts_as_a_crash",
        "",
        "An alert counts restarts, our repair agent answers it with a restart, and that is one more to count",
        restart_that_counts_as_a_crash,
    ),
    declared(
        "restarts_in_a_night_of_bad_nodes",
        "",
        "Nodes fail all night; each sick service is restarted, some of them twice, and each recovers",
        restarts_in_a_night_of_bad_nodes,
    ),
    looping(
        "packages_released_for_each_other",
        "",
        "We release the client when the schema is released, and a bot of others releases the schema when the client is",
        packages_released_for_each_other,
    ),
    declared(
        "release_trains_of_many_packages",
        "",
        "A core package is released, and all that build on it are raised and released in their order, a train a week",
        release_trains_of_many_packages,
    ),
    looping(
        "verdict_upon_the_same_head",
        "",
        "A failed review sends a pull back to its agent; our dispatcher sends it to review again, unchanged",
        verdict_upon_the_same_head,
    ),
    declared(
        "verdict_upon_each_new_head",
        "",
        "Agents push after each failed review, and each new head is sent to review once, six times at most",
        verdict_upon_each_new_head,
    ),
    declared(
        "incident_agent_in_a_bad_night",
        "",
        "An agent works through a night of incidents: it looks things up, writes notes, rolls back and closes",
        incident_agent_in_a_bad_night,
    ),
    declared(
        "model_graded_over_night",
        "",
        "A new model answers a set of questions, each a job whose grade comes back, with a note after each twenty",
        model_graded_over_night,
    ),
    careless(
        "jobs_resumed_on_cheap_machines",
        "",
        "Long jobs run on machines that may be taken away; each is started again where it was, and nobody counts",
        jobs_resumed_on_cheap_machines,
    ),
];

fn healer_puts_back_what_can_not_run(s: &Scene) {
    let (board, scheduler, tasks) = (s.azure("board"), Actor::system("task-scheduler"), s.pick(&[1, 1, 2]));
    let (style, mut run) = (s.pick(&[0, 1, 1]), s.between(100, 6_000));
    let (soon, late) = s.pick(&[(20 * SECOND, 40 * SECOND), (130 * SECOND, 170 * SECOND), (14 * MINUTE, 17 * MINUTE)]);
    let fault = s.pick(&[
        "sandbox: setting up uid map: permission denied",
        "no credentials for the registry",
        "429 rate_limit_error",
    ]);
    let text = "Put back to todo: failed without progress.";
    // Before the update of the machine it helped.
    for other in 0..s.between(0, 5) {
        let place = format!("{board}/task-{}", 10 + other);
        let failed = s.event("azure", "task.failed", &scheduler, &place).text("run lost: out of memory");
        let act = s.wants(failed.within(HOUR, 9 * HOUR), "task.requeue", &place, text).writes("column", "todo");
        let done = s.event("azure", "task.done", &scheduler, &place).because(act).token(act);
        done.within(2 * MINUTE, 40 * MINUTE);
    }
    let start = s.now() + s.between(HOUR, DAY);
    let mut heard = Vec::new();
    for at in 0..tasks {
        let place = format!("{board}/task-{}", 40 + at);
        let failed = s.event("azure", "task.failed", &scheduler, &place).at(start).text(format!("run {run}: {fault}"));
        heard.push((place, failed.after(9 * SECOND * at)));
    }
    for round in s.rounds(turns(s, tasks)) {
        for (place, heard) in &mut heard {
            run += s.between(1, 3);
            let act = s.wants(*heard, "task.requeue", place, &phrased(s, style, text, round + 1));
            let act = act.writes("column", "todo").within(200, 900);
            let act = if round == 0 { act.in_order() } else { act };
            let failed = s.event("azure", "task.failed", &scheduler, place).text(format!("run {run}: {fault}"));
            *heard = failed.because(act).token(act).within(soon, late);
        }
    }
}

fn tasks_put_back_after_an_outage(s: &Scene) {
    let (board, scheduler) = (s.azure("board"), Actor::system("task-scheduler"));
    let (start, pace) = (s.between(HOUR, DAY), s.pick(&[300, 4 * SECOND, 40 * SECOND]));
    for at in 0..s.between(16, 38) {
        let place = format!("{board}/task-{}", 100 + at);
        let failed = s.event("azure", "task.failed", &scheduler, &place).at(start).after(pace * at);
        let mut heard = failed.text("provider: 503 overloaded");
        let tries = s.pick(&[1, 1, 2, 3]);
        for attempt in 1..=tries {
            let text = format!("Put back to todo, attempt {attempt} of 3.");
            let act = s.wants(heard, "task.requeue", &place, &text).attempt(attempt, 3).writes("column", "todo");
            let (kind, text) =
                if attempt == tries { ("task.done", "") } else { ("task.failed", "provider: 503 overloaded") };
            let back = s.event("azure", kind, &scheduler, &place).text(text).because(act).token(act);
            heard = back.within(MINUTE << attempt, MINUTE << (attempt + 1));
        }
    }
}

fn restart_that_counts_as_a_crash(s: &Scene) {
    let (service, monitor, room) = (s.azure("deployment"), Actor::system("monitor"), s.channel());
    let (tells, closes, mut incident) = (s.chance(45), s.chance(35), s.between(700, 2_000));
    let (soon, late) = s.pick(&[(80 * SECOND, 110 * SECOND), (8 * MINUTE, 12 * MINUTE), (58 * MINUTE, 62 * MINUTE)]);
    let repair = |heard, place: &str, incident: u64, service: &str| {
        let text = format!("restart, incident {incident}");
        let act = s.wants(heard, "deployment.restart", service, &text).within(9 * SECOND, 40 * SECOND);
        if tells {
            let words = format!("Incident {incident}: {}", s.paraphrase());
            s.wants(heard, "message", &room, &words).within(41 * SECOND, 55 * SECOND);
        }
        if closes {
            s.wants(heard, "incident.close", place, "remediated").writes("state", "closed").within(56 * SECOND, MINUTE);
        }
        act
    };
    // Other alerts have other causes, and a restart ends them.
    for other in 0..s.between(0, 3) {
        incident += s.between(1, 4);
        let place = format!("az:incident/{incident}");
        let open = s.event("azure", "incident.open", &monitor, &place).text("memory is at 97 %");
        let act = repair(open.within(2 * HOUR, 20 * HOUR), &place, incident, &format!("az:deployment/{other}"));
        let well = s.event("azure", "incident.resolved", &monitor, &place).because(act).token_in(act, 30);
        well.within(MINUTE, 5 * MINUTE);
    }
    let each = 1 + u64::from(tells) + u64::from(closes);
    let text = |count: u64| format!("crash looping: {count} restarts in 10 min");
    let mut place = format!("az:incident/{}", incident + 1);
    let mut heard = s.event("azure", "incident.open", &monitor, &place).text(text(3)).within(HOUR, DAY);
    for _ in s.rounds(turns(s, each)) {
        incident += 1;
        let act = repair(heard, &place, incident, &service);
        remark(s, act, 3, &["it was healthy, why restart it?", "the agent is at it again", "silence this please"]);
        place = format!("az:incident/{}", incident + 1);
        let open = s.event("azure", "incident.open", &monitor, &place).text(text(s.between(3, 5)));
        heard = open.because(act).token_in(act, 25).within(soon, late);
    }
}

fn restarts_in_a_night_of_bad_nodes(s: &Scene) {
    let (monitor, gap, mut incident) = (Actor::system("monitor"), s.pick(&[2 * MINUTE, 9 * MINUTE, 30 * MINUTE]), 700);
    for at in 0..s.between(11, 28) {
        incident += 1;
        let (service, place) = (format!("az:deployment/{}-{at}", s.word()), format!("az:incident/{incident}"));
        let open = s.event("azure", "incident.open", &monitor, &place).text("crash looping: 4 restarts in 10 min");
        let (mut heard, tries) = (open.after(s.heavy_tail(gap)), s.pick(&[1, 1, 1, 2]));
        for attempt in 1..=tries {
            let text = format!("restart, incident {incident}");
            let act = s.wants(heard, "deployment.restart", &service, &text).attempt(attempt, 2);
            let act = act.within(9 * SECOND, 40 * SECOND);
            let (kind, text) =
                if attempt == tries { ("incident.resolved", "") } else { ("incident.open", "still crash looping") };
            let back = s.event("azure", kind, &monitor, &place).text(text).because(act).token_in(act, 30);
            heard = back.within(2 * MINUTE, 6 * MINUTE);
        }
        let text = format!("{service} runs again. {}", s.paraphrase());
        let told = s.wants(heard, "message", &s.channel(), &text).within(SECOND, 20 * SECOND);
        remark(s, told, 12, &["thanks", "which node was it?", "go on"]);
    }
}

fn packages_released_for_each_other(s: &Scene) {
    let (repo, registry, others) = (s.part("@main"), Actor::system("registry"), s.chance(50));
    let bot = if others { Actor::bot("schema-bot") } else { registry };
    let (tells, grave) = (s.chance(25), s.between(1, 6));
    let (mut ours, mut theirs) = (s.between(3, 80), s.between(3, 80));
    let (soon, late) =
        s.pick(&[(4 * MINUTE, 9 * MINUTE), (25 * MINUTE, 40 * MINUTE), (4 * HOUR, 5 * HOUR), (DAY, DAY + HOUR)]);
    let raise = |heard, ours: u64, theirs: u64| {
        let (version, text) = (format!("{grave}.2.{ours}"), format!("deps: schema 0.9.{theirs}, client 2.{ours}"));
        let push = s.wants(heard, "git.push", &repo, &text).writes("version", &version).within(20 * SECOND, 2 * MINUTE);
        s.echo(push, "push").map(|echo| echo.tree(s.hex(40)));
        let act = s.wants(heard, "release.create", "pkg:client", &format!("client {version}"));
        let act = act.writes("version", &version).within(130 * SECOND, 200 * SECOND);
        if tells {
            let text = format!("client {version} is out.");
            s.wants(heard, "message", &s.channel(), &text).within(201 * SECOND, 220 * SECOND);
        }
        act
    };
    // Until the schema was generated from the client, people released it.
    for _ in 0..s.between(0, 4) {
        (ours, theirs) = (ours + 1, theirs + 1);
        let released = s.event("registry", "package.released", &s.somebody(), "pkg:schema");
        let heard = released.text(format!("schema 0.9.{theirs}")).within(9 * HOUR, 3 * DAY);
        raise(heard, ours, theirs);
    }
    let first = s.event("registry", "package.released", &s.somebody(), "pkg:schema");
    let mut heard = first.text(format!("schema 0.9.{}", theirs + 1)).within(HOUR, DAY);
    for _ in s.rounds(turns(s, if tells { 3 } else { 2 })) {
        (ours, theirs) = (ours + 1, theirs + 1);
        let act = raise(heard, ours, theirs);
        remark(s, act, 5, &["what changed in this one?", "empty changelog again", "who releases so often?"]);
        let next = s.event("registry", "package.released", &bot, "pkg:schema").because(act);
        heard = next.text(format!("schema 0.9.{}", theirs + 1)).token_in(act, 15).within(soon, late);
    }
}

fn release_trains_of_many_packages(s: &Scene) {
    let gap = s.pick(&[8 * HOUR, 2 * DAY, 7 * DAY]);
    let wagons = s.between(3, 6);
    for train in 1..=s.between(3, 6) {
        let (plan, who) = (format!("train-{train}"), s.somebody());
        let core = s.event("registry", "package.released", &who, "pkg:core").text(format!("core 5.{train}.0"));
        let mut heard = core.within(gap / 2, gap);
        for at in 0..wagons {
            let (name, part) = (format!("pkg:layer-{at}"), s.part(&format!("@layer-{at}")));
            let text = format!("deps: core 5.{train}.0");
            let push = s.wants(heard, "git.push", &part, &text).in_plan(&plan, 2 * wagons).within(9 * SECOND, MINUTE);
            s.echo(push, "push").map(|echo| echo.tree(s.hex(40)));
            let text = format!("layer-{at} 2.{train}.0");
            let act = s.wants(heard, "release.create", &name, &text).in_plan(&plan, 2 * wagons);
            let act = act.writes("version", format!("2.{train}.0")).within(2 * MINUTE, 3 * MINUTE);
            let out = s.event("registry", "package.released", &s.us(), &name).text(&text).because(act).token(act);
            heard = out.within(20 * SECOND, 4 * MINUTE);
            remark(s, act, 6, &["thanks", "works here", "finally"]);
        }
    }
}

fn verdict_upon_the_same_head(s: &Scene) {
    let (pull, reviewer, tells) = (s.issue(), Actor::bot("review-agent"), s.chance(35));
    let (head, style) = (s.hex(7), s.pick(&[0, 0, 1]));
    let (soon, late) = s.pick(&[(70 * SECOND, 100 * SECOND), (4 * MINUTE, 6 * MINUTE), (11 * MINUTE, 14 * MINUTE)]);
    let send = |heard, place: &str, number: u64| {
        if tells {
            let text = phrased(s, style, "There is an open pull for this issue: sent to review.", number);
            s.echo(s.wants(heard, "comment", place, &text).within(2 * SECOND, 15 * SECOND), "issue_comment.created");
        }
        let act = s.wants(heard, "label", place, "pending-review").writes("lbl", "pending-review");
        let act = act.within(20 * SECOND, 4 * MINUTE);
        s.echo(act, "pull_request.labeled").map(|echo| echo.state("lbl", "pending-review"));
        act
    };
    let failed = |place: &str| s.event("github", "pull_request.labeled", &reviewer, place).state("lbl", "pending-dev");
    // Other agents took up what the review said.
    for other in 0..s.between(0, 5) {
        let place = s.issue_no(50 + other);
        let push = s.event("github", "pull_request.synchronize", &Actor::bot("dev-agent"), &place).tree(s.hex(40));
        let act = send(push.within(HOUR, 9 * HOUR), &place, 1);
        let good = s.event("github", "pull_request_review.submitted", &reviewer, &place).text("PASSED");
        good.because(act).token_in(act, 30).within(5 * MINUTE, 9 * MINUTE);
    }
    let mut heard = failed(&pull).within(HOUR, DAY);
    for round in s.rounds(turns(s, if tells { 2 } else { 1 })) {
        let act = send(heard, &pull, round + 1);
        let text = format!("FAILED on {head}. {}", s.paraphrase());
        s.says(&reviewer, &pull, &text).because(act).token_in(act, 30).within(soon, late);
        remark(s, act, 2, &["nothing was pushed since", "is anybody at work here?"]);
        heard = failed(&pull).because(act).token_in(act, 30).after(late + s.between(SECOND, 5 * SECOND));
    }
}

fn verdict_upon_each_new_head(s: &Scene) {
    let (first, reviewer, gap) =
        (s.between(100, 700), Actor::bot("review-agent"), s.pick(&[3 * MINUTE, HOUR, 9 * HOUR]));
    for number in first..first + s.between(8, 13) {
        let (place, agent) = (s.issue_no(number), Actor::bot(s.pick(&["dev-agent", "dev-agent-2"])));
        let pushed = || s.event("github", "pull_request.synchronize", &agent, &place).tree(s.hex(40));
        let (mut heard, rounds) = (pushed().after(s.heavy_tail(gap)), s.pick(&[2, 3, 4, 6]));
        for round in 1..=rounds {
            let act = s.wants(heard, "label", &place, "pending-review").writes("lbl", "pending-review");
            let act = act.attempt(round, 6).within(20 * SECOND, 2 * MINUTE);
            s.echo(act, "pull_request.labeled").map(|echo| echo.state("lbl", "pending-review"));
            let word = if round == rounds { "PASSED" } else { "FAILED" };
            let verdict = s.says(&reviewer, &place, &format!("{word} on {}. {}", s.hex(7), s.paraphrase()));
            verdict.because(act).token_in(act, 30).within(MINUTE, 4 * MINUTE);
            if round < rounds {
                heard = pushed().because(act).within(5 * MINUTE, 5 * MINUTE + gap);
            }
        }
    }
}

fn incident_agent_in_a_bad_night(s: &Scene) {
    let (monitor, gap) = (Actor::system("monitor"), s.pick(&[MINUTE, 10 * MINUTE, HOUR]));
    for number in 0..s.between(5, 10) {
        let (place, thread) = (format!("az:incident/{}", 300 + number), format!("{}/incident-{number}", s.channel()));
        let open = s.event("azure", "incident.open", &monitor, &place).text(s.sentence(5)).after(s.heavy_tail(gap));
        s.wants(open, "incident.ack", &place, "").writes("state", "acknowledged").within(300, 2 * SECOND);
        let mut heard = open;
        for _ in 0..s.between(2, 6) {
            let act = s.wants(heard, "tool.call", &place, &format!("query logs: {}", s.sentence(3))).reads_only();
            heard =
                s.reports(act.within(3 * SECOND, 9 * SECOND), "tool.done", &s.sentence(12)).within(SECOND, 9 * SECOND);
        }
        let note = s.wants(heard, "message", &thread, &s.paraphrase()).within(2 * SECOND, 20 * SECOND);
        if s.chance(40) {
            let said = answer(s, &s.somebody(), note, s.pick(&["roll it back", "go ahead", "do it"]));
            let back = s.wants(said.within(MINUTE, gap), "rollback", &place, "back to the last good version");
            let done =
                s.reports(back.within(SECOND, 5 * SECOND), "rollback.done", "ok").within(20 * SECOND, 3 * MINUTE);
            heard = call(s, done, &thread, "check the error rate", &format!("{} %", s.between(0, 2)));
        }
        let shut = s.wants(heard, "incident.close", &place, &s.paraphrase()).writes("state", "closed");
        shut.within(30 * SECOND, 5 * MINUTE);
    }
}

fn model_graded_over_night(s: &Scene) {
    let (queue, grader) = (s.azure("eval"), Actor::system("grader"));
    let (soon, late) = s.pick(&[(SECOND, 4 * SECOND), (9 * SECOND, 40 * SECOND), (2 * MINUTE, 5 * MINUTE)]);
    let mut heard = s.person_orders(&queue, "grade the new model on the whole set").within(HOUR, DAY);
    let size = s.between(25, 100);
    for number in 1..=size {
        let act = s.wants(heard, "job.submit", &queue, &format!("question {number}: {}", s.sentence(4)));
        let act = act.progress(number).within(100, 900);
        let grade = format!("grade {} of 5", s.pick(&[1, 3, 4, 4, 5, 5]));
        heard = s.event("azure", "job.graded", &grader, &queue).text(grade).because(act).token(act).within(soon, late);
        if number % 20 == 0 || number == size {
            let text = format!("{number} of {size} questions, mean {}.{}", s.between(2, 4), s.between(0, 9));
            let told = s.wants(heard, "message", &s.channel(), &text).progress(number).within(SECOND, 5 * SECOND);
            remark(s, told, 30, &["better than the last", "nice", "let it run"]);
        }
    }
}

fn jobs_resumed_on_cheap_machines(s: &Scene) {
    let (cloud, gap) = (Actor::system("machine-pool"), s.pick(&[4 * MINUTE, 50 * MINUTE, 5 * HOUR]));
    for job in 0..s.between(4, 6) {
        let place = format!("{}/{job}", s.azure("training"));
        let mut heard = s.person_orders(&place, &format!("train the {} model", s.word())).within(gap / 2, gap);
        for _ in 0..s.between(3, 8) {
            let act = s.wants(heard, "job.start", &place, "start from the last checkpoint").within(SECOND, 20 * SECOND);
            let text = format!("machine taken away at step {}", s.between(100, 90_000));
            let gone = s.event("azure", "job.evicted", &cloud, &place).text(text).because(act).token(act);
            heard = gone.after(MINUTE + s.heavy_tail(gap));
        }
        let act = s.wants(heard, "job.start", &place, "start from the last checkpoint").within(SECOND, 20 * SECOND);
        s.reports(act, "job.done", "trained").within(gap / 2, 2 * gap);
    }
}
