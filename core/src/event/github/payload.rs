//! The members of GitHub's payloads that are read. Everything else is checked to be JSON and skipped.

use alloc::{borrow::Cow, vec::Vec};

use crate::event::{
    carried::Carrier,
    json::{Id, Seen, Spanned, objects},
};

pub(super) type Text<'a> = Cow<'a, str>;

objects! {
    /// A delivery's body.
    Payload {
        action: Text<'a>,
        repository: Repository<'a>,
        organization: Thing<'a>,
        enterprise: Thing<'a>,
        installation: Spanned<Installation<'a>>,
        sender: User<'a>,
        changes: Changes<'a>,

        issue: Issue<'a>,
        pull_request: Pull<'a>,
        comment: Comment<'a>,
        review: Review<'a>,
        thread: Thing<'a>,
        discussion: Discussion<'a>,
        label: Thing<'a>,
        milestone: Thing<'a>,
        assignee: User<'a>,
        requested_reviewer: User<'a>,
        requested_team: Thing<'a>,

        check_run: CheckRun<'a>,
        check_suite: CheckSuite<'a>,
        requested_action: RequestedAction<'a>,
        workflow_run: WorkflowRun<'a>,
        workflow_job: WorkflowJob<'a>,
        workflow: Text<'a>,
        inputs: Carrier<'a>,
        client_payload: Carrier<'a>,
        deployment: Deployment<'a>,
        deployment_status: DeploymentStatus<'a>,
        environment: Text<'a>,

        // `status`, `page_build`, `push`, `create` and `delete` have members of their object at the top.
        id: Id<'a>,
        sha: Text<'a>,
        context: Text<'a>,
        state: Text<'a>,
        description: Text<'a>,
        target_url: Text<'a>,
        updated_at: Text<'a>,
        build: Build<'a>,
        ref_name as "ref": Text<'a>,
        ref_type: Text<'a>,
        after: Text<'a>,
        compare: Text<'a>,
        head_commit: Commit<'a>,
        commits: Vec<Commit<'a>>,

        merge_group: MergeGroup<'a>,
        branch: Text<'a>,
        commit_oid: Text<'a>,
        release: Release<'a>,
        alert: Alert<'a>,
        security_advisory: Alert<'a>,

        team: Thing<'a>,
        member: User<'a>,
        membership: Membership<'a>,
        blocked_user: User<'a>,
        forkee: Repository<'a>,
        hook: Thing<'a>,
        key: Thing<'a>,
        rule: Thing<'a>,
        package: Thing<'a>,
        registry_package: Thing<'a>,
        project: Thing<'a>,
        project_card: Thing<'a>,
        project_column: Thing<'a>,
        projects_v2: Thing<'a>,
        projects_v2_item: Thing<'a>,
        marketplace_purchase: Purchase<'a>,
        sponsorship: Sponsorship<'a>,
    }

    User {
        login: Text<'a>,
        class as "type": Text<'a>,
    }

    Repository {
        full_name: Text<'a>,
        html_url: Text<'a>,
        updated_at: Text<'a>,
        pushed_at: u64,
        id: Id<'a>,
    }

    Installation {
        id: Id<'a>,
        account: User<'a>,
    }

    /// What an edit changed: the former value of each.
    Changes {
        title: Seen,
        name: Seen,
        body: Seen,
        base: Seen,
    }

    Issue {
        id: Id<'a>,
        number: Id<'a>,
        title: Text<'a>,
        body: Text<'a>,
        state: Text<'a>,
        html_url: Text<'a>,
        updated_at: Text<'a>,
        labels: Vec<Named<'a>>,
        assignees: Vec<User<'a>>,
        milestone: Named<'a>,
        locked: bool,
        pull_request: Seen,
        performed_via_github_app: Named<'a>,
    }

    Pull {
        id: Id<'a>,
        number: Id<'a>,
        title: Text<'a>,
        body: Text<'a>,
        state: Text<'a>,
        html_url: Text<'a>,
        updated_at: Text<'a>,
        labels: Vec<Named<'a>>,
        assignees: Vec<User<'a>>,
        milestone: Named<'a>,
        locked: bool,
        merged: bool,
        draft: bool,
        requested_reviewers: Vec<User<'a>>,
        requested_teams: Vec<Named<'a>>,
        head: Branch<'a>,
        base: Branch<'a>,
    }

    Branch {
        name as "ref": Text<'a>,
        sha: Text<'a>,
    }

    /// A comment on an issue, commit, discussion or a line of a pull request.
    Comment {
        id: Id<'a>,
        body: Text<'a>,
        html_url: Text<'a>,
        updated_at: Text<'a>,
        commit_id: Text<'a>,
        in_reply_to_id: Id<'a>,
        parent_id: Id<'a>,
        performed_via_github_app: Named<'a>,
    }

    Review {
        id: Id<'a>,
        body: Text<'a>,
        state: Text<'a>,
        html_url: Text<'a>,
        submitted_at: Text<'a>,
        updated_at: Text<'a>,
        commit_id: Text<'a>,
    }

    Discussion {
        id: Id<'a>,
        number: Id<'a>,
        title: Text<'a>,
        body: Text<'a>,
        state: Text<'a>,
        html_url: Text<'a>,
        updated_at: Text<'a>,
        labels: Vec<Named<'a>>,
        locked: bool,
        category: Named<'a>,
    }

    CheckRun {
        id: Id<'a>,
        name: Text<'a>,
        status: Text<'a>,
        conclusion: Text<'a>,
        head_sha: Text<'a>,
        external_id: Text<'a>,
        html_url: Text<'a>,
        started_at: Text<'a>,
        completed_at: Text<'a>,
        output: Output<'a>,
        pull_requests: Vec<PullReference<'a>>,
    }

    Output {
        title: Text<'a>,
        summary: Text<'a>,
    }

    RequestedAction {
        identifier: Text<'a>,
    }

    CheckSuite {
        id: Id<'a>,
        status: Text<'a>,
        conclusion: Text<'a>,
        head_sha: Text<'a>,
        head_branch: Text<'a>,
        updated_at: Text<'a>,
        app: Named<'a>,
        head_commit: Commit<'a>,
        pull_requests: Vec<PullReference<'a>>,
    }

    WorkflowRun {
        id: Id<'a>,
        name: Text<'a>,
        display_title: Text<'a>,
        status: Text<'a>,
        conclusion: Text<'a>,
        head_sha: Text<'a>,
        head_branch: Text<'a>,
        html_url: Text<'a>,
        updated_at: Text<'a>,
        run_attempt: u64,
        event: Text<'a>,
        head_commit: Commit<'a>,
        pull_requests: Vec<PullReference<'a>>,
    }

    WorkflowJob {
        id: Id<'a>,
        run_id: Id<'a>,
        run_attempt: u64,
        name: Text<'a>,
        workflow_name: Text<'a>,
        status: Text<'a>,
        conclusion: Text<'a>,
        head_sha: Text<'a>,
        head_branch: Text<'a>,
        html_url: Text<'a>,
        started_at: Text<'a>,
        completed_at: Text<'a>,
    }

    /// A pull request as a run names it. Runs of a fork can name pull requests of other repositories.
    PullReference {
        number: Id<'a>,
        base: PullBase<'a>,
    }

    PullBase {
        repo: Repository<'a>,
    }

    Deployment {
        id: Id<'a>,
        sha: Text<'a>,
        ref_name as "ref": Text<'a>,
        environment: Text<'a>,
        description: Text<'a>,
        payload: Carrier<'a>,
        updated_at: Text<'a>,
    }

    DeploymentStatus {
        id: Id<'a>,
        state: Text<'a>,
        description: Text<'a>,
        environment: Text<'a>,
        target_url: Text<'a>,
        updated_at: Text<'a>,
    }

    Build {
        status: Text<'a>,
        commit: Text<'a>,
        updated_at: Text<'a>,
    }

    Commit {
        id: Text<'a>,
        tree_id: Text<'a>,
        message: Text<'a>,
        url: Text<'a>,
    }

    MergeGroup {
        head_sha: Text<'a>,
        head_ref: Text<'a>,
        base_ref: Text<'a>,
        head_commit: Commit<'a>,
    }

    Release {
        id: Id<'a>,
        tag_name: Text<'a>,
        name: Text<'a>,
        body: Text<'a>,
        draft: bool,
        prerelease: bool,
        html_url: Text<'a>,
        created_at: Text<'a>,
        published_at: Text<'a>,
        updated_at: Text<'a>,
    }

    /// An alert of code scanning, Dependabot or secret scanning, or an advisory.
    Alert {
        id: Id<'a>,
        number: Id<'a>,
        ghsa_id: Text<'a>,
        state: Text<'a>,
        severity: Text<'a>,
        summary: Text<'a>,
        affected_package_name: Text<'a>,
        secret_type_display_name: Text<'a>,
        html_url: Text<'a>,
        created_at: Text<'a>,
        updated_at: Text<'a>,
        rule: Advice<'a>,
        security_advisory: Advice<'a>,
    }

    /// What an alert says about its cause.
    Advice {
        summary: Text<'a>,
        description: Text<'a>,
        severity: Text<'a>,
    }

    Purchase {
        account: User<'a>,
    }

    Sponsorship {
        node_id: Id<'a>,
        sponsorable: User<'a>,
        created_at: Text<'a>,
    }

    Membership {
        user: User<'a>,
    }

    /// Something that only its name is wanted of.
    Named {
        name: Text<'a>,
        title: Text<'a>,
        slug: Text<'a>,
    }

    /// Something of the many kinds that are looked at no further than this.
    Thing {
        id: Id<'a>,
        node_id: Id<'a>,
        number: Id<'a>,
        name: Text<'a>,
        title: Text<'a>,
        login: Text<'a>,
        slug: Text<'a>,
        description: Text<'a>,
        note: Text<'a>,
        state: Text<'a>,
        html_url: Text<'a>,
        project_url: Text<'a>,
        project_node_id: Text<'a>,
        updated_at: Text<'a>,
    }
}
