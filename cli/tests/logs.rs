//! Log lines: for people or for programs, and always with the actor that speaks.

#[expect(dead_code, reason = "each test program uses a part of it")]
mod support;

use serde_json::Value;
use support::{Workspace, finish, json, numbers};

/// A topology whose stages log what passes through them.
fn talkative() -> Workspace {
    Workspace::new(
        "[topology]\nname = \"talkative\"\n\n\
         [producers.n]\nactor = \"counter\"\nto = 3\n\n\
         [stages.look]\nactor = \"inspect\"\ninputs = [\"n\"]\nevery = 1\n\n\
         [stages.odd]\nactor = \"map\"\ninputs = [\"look\"]\nset = { half = \"6 / (n - 2)\" }\non_error = \"skip\"\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"odd\"]\n",
    )
}

/// All of standard error, which must be one JSON object on each line.
fn lines(stderr: &str) -> Vec<Value> {
    assert!(stderr.ends_with('\n'), "{stderr}");
    let lines: Vec<Value> = stderr.lines().map(json).collect();
    for line in &lines {
        for key in ["time", "level", "target", "message"] {
            assert!(line[key].is_string(), "no {key}: {line}");
        }
    }
    lines
}

#[test]
fn as_json_each_line_is_an_object_with_time_level_target_message_and_actor() {
    let ran = talkative().run(&["run", "--log-format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines = lines(&ran.stderr);
    let looked: Vec<&Value> = lines.iter().filter(|line| line["actor"] == "look").collect();
    assert_eq!(looked.len(), 3, "{}", ran.stderr);
    assert!(looked.iter().all(|line| line["instance"] == 0 && line["target"] == "tidegate::inspect"));
    let failed = lines.iter().find(|line| line["actor"] == "odd").unwrap();
    assert_eq!(failed["level"], "WARN", "{failed}");
    let time = looked[0]["time"].as_str().unwrap();
    assert!(time.len() == 27 && time.ends_with('Z'), "{time}");
    assert!(lines[0]["message"].as_str().unwrap().starts_with("running `talkative` from config.toml"));
    let last = lines.iter().rfind(|line| line["message"].as_str().unwrap().starts_with("Completed after"));
    assert_eq!(last.unwrap()["level"], "INFO", "{}", ran.stderr);
}

#[test]
fn the_environment_says_the_format_and_the_command_line_has_the_last_word() {
    let workspace = talkative();
    let run = |arguments: &[&str], format: &str| {
        let mut command = workspace.tidegate(&[&["run"], arguments].concat());
        command.env("TIDEGATE_LOG_FORMAT", format);
        finish(command)
    };
    assert!(!lines(&run(&[], "json").stderr).is_empty());
    assert!(!run(&["--log-format", "text"], "json").stderr.starts_with('{'));
    let ran = run(&[], "xml");
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert_eq!(
        ran.stderr,
        "error: TIDEGATE_LOG_FORMAT=\"xml\" is no format of log lines; write `text` or `json`\n"
    );
}

#[test]
fn a_run_that_fails_says_so_in_json_even_if_it_is_to_be_quiet() {
    let workspace = Workspace::new(
        "[producers.n]\nactor = \"counter\"\nto = 3\n\n\
         [stages.odd]\nactor = \"map\"\ninputs = [\"n\"]\nset = { half = \"6 / (n - 2)\" }\non_error = \"stop\"\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"odd\"]\n",
    );
    let ran = workspace.run(&["run", "--quiet", "--log-format", "json"]);
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let lines = lines(&ran.stderr);
    assert!(lines.iter().all(|line| line["level"] == "ERROR"), "{}", ran.stderr);
    assert!(lines.iter().any(|line| line["actor"] == "odd"), "{}", ran.stderr);
    assert!(lines.iter().any(|line| line["message"].as_str().unwrap().starts_with("Failed after")));
}

#[test]
fn as_json_the_last_line_says_who_held_everything_up() {
    let workspace = Workspace::new(
        "[mailbox]\ncapacity = 8\n\n[producers.n]\nactor = \"counter\"\nto = 50\n\n\
         [stages.pace]\nactor = \"throttle\"\ninputs = [\"n\"]\nrate = 100\n\n\
         [consumers.end]\nactor = \"null\"\ninputs = [\"pace\"]\n",
    );
    let ran = workspace.run(&["run", "--log-format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines = lines(&ran.stderr);
    let last = lines.last().unwrap();
    assert_eq!((&last["level"], &last["target"]), (&json("\"INFO\""), &json("\"tidegate::run\"")), "{last}");
    let message = last["message"].as_str().unwrap();
    assert!(message.starts_with("`pace` waited ") && message.contains(" and held `n`;"), "{message}");
    assert!(!message.contains('\n'), "{message}");
    assert_eq!(workspace.run(&["run", "--quiet", "--log-format", "json"]).stderr, "");
}

#[test]
fn as_text_a_line_from_inside_an_actor_begins_with_its_name() {
    let ran = talkative().run(&["run"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert_eq!(ran.stderr.lines().filter(|line| line.contains(" INFO look: ")).count(), 3, "{}", ran.stderr);
    assert!(!ran.stderr.contains("actor{"), "{}", ran.stderr);
}

#[test]
fn a_line_says_who_speaks_whatever_else_is_wanted() {
    let workspace = talkative();
    let mut command = workspace.tidegate(&["run"]);
    command.env("RUST_LOG", "tidegate::inspect=info");
    let ran = finish(command);
    assert_eq!(ran.stderr.lines().filter(|line| line.contains(" INFO look: ")).count(), 3, "{}", ran.stderr);
}

#[test]
fn what_an_operator_does_names_the_actor_as_all_other_lines_do() {
    let workspace = Workspace::new(&numbers(10));
    let mut command = workspace.tidegate(&["run", "--log-format", "json"]);
    command.env("RUST_LOG", "debug");
    let ran = finish(command);
    assert_eq!(ran.code, Some(0), "{ran:?}");
    let lines = lines(&ran.stderr);
    let quoted = |line: &Value| line["actor"].as_str().is_some_and(|actor| actor.contains('"'));
    assert!(!lines.iter().any(quoted), "{}", ran.stderr);
}
