//! Ready-made actors in a simulation of one's own: files are read once, and nothing is written.

use tidegate::testkit::{Scene, Simulation};
use tidegate::topology::file::Source;

#[test]
fn lines_of_files_go_through_a_simulation_and_no_file_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in.txt"), folder.path().join("out.txt"));
    std::fs::write(&input, "first\nsecond\nthird\n").unwrap();
    let text = format!(
        "[producers.lines]\nactor = \"file_lines\"\npath = {input:?}\n\
         [consumers.store]\nactor = \"file\"\ninputs = [\"lines\"]\npath = {output:?}\n"
    );
    let registry = tidegate_actors::standard().for_simulation();
    let simulated = Simulation::new().runs(30).run(|_| {
        let loaded = Source::text("simulated.toml", &text).load(&registry).unwrap();
        Scene::new(loaded.topology).verify(|report| match report.actors["store"].received {
            0..=3 => Ok(()),
            more => Err(format!("{more} lines of three").into()),
        })
    });
    assert!(simulated.unwrap().completed > 0);
    assert!(!output.exists());
}

#[test]
#[should_panic(expected = "there is no `file_lines` of these messages for which another could stand in")]
fn nobody_stands_in_for_an_actor_of_other_messages() {
    let _ = tidegate_actors::standard().simulated_producer::<tidegate_actors::Counter<u64>>("file_lines");
}
