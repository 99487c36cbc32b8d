//! Recordings through the program, from the file to the report: two voices (`tests/recordings/`, made by espeak-ng) are put
//! together to calls whose truth is known. `scripts/voice/truth` does the same over many more calls, with noise.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use dealtone::score::runtime_library;
use serde_json::Value;

const RATE: usize = 8_000;

/// What is said in the call that most tests share: who, when it begins in milliseconds, for how long of the clip.
/// The caller breaks in on the agent at 15.8 s; the agent listens aloud at 11.3 s.
const SAID: &[(usize, u64, u64)] = &[
    (0, 500, 3_600),
    (1, 5_000, 2_700),
    (0, 8_400, 2_000),
    (1, 10_900, 2_700),
    (0, 11_600, 500),
    (0, 14_000, 2_600),
    (1, 15_600, 2_700),
    (0, 23_500, 3_600),
    (1, 27_900, 1_500),
];

/// Whether ONNX Runtime is here; where it must be, its lack is a failure.
fn runtime_is_here() -> bool {
    runtime_library::find(None)
        .inspect_err(|why| {
            assert!(std::env::var_os("DEALTONE_REQUIRE_RUNTIME").is_none(), "{why}");
            eprintln!("skipped: {why}");
        })
        .is_ok()
}

/// What stands in a file of JSON lines.
fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn clips() -> [Vec<i16>; 2] {
    ["agent", "caller"].map(|who| {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/recordings/{who}.wav"));
        let samples = hound::WavReader::open(path).unwrap().into_samples::<i32>();
        samples.map(|s| (s.unwrap() * 200) as i16).collect()
    })
}

/// The two channels of the call, the clock of the recording beginning `lead_ms` before the transcript's.
fn channels(lead_ms: u64) -> [Vec<i16>; 2] {
    let clips = clips();
    let mut out = [(); 2].map(|()| vec![0i16; RATE * (30 + lead_ms as usize / 1_000 + 1)]);
    for &(who, start, length) in SAID {
        let at = (start + lead_ms) as usize * RATE / 1_000;
        for (n, sample) in clips[who].iter().take(length as usize * RATE / 1_000).enumerate() {
            out[who][at + n] = *sample;
        }
    }
    out
}

fn write(path: &Path, channels: &[&[i16]]) {
    let spec = hound::WavSpec {
        channels: channels.len() as u16,
        sample_rate: RATE as u32,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(path, spec).unwrap();
    for n in 0..channels[0].len() {
        channels.iter().for_each(|c| writer.write_sample(c[n]).unwrap());
    }
    writer.finalize().unwrap();
}

fn transcript(times: bool) -> String {
    let mut out = String::from(if times { "WEBVTT\n" } else { "" });
    let stamp = |ms: u64| format!("00:00:{:02}.{:03}", ms / 1_000, ms % 1_000);
    // What the agent says while listening is not written down: few transcripts do.
    for &(who, start, length) in SAID.iter().filter(|s| s.2 != 500) {
        let (name, text) =
            [("Ann Lee", "We can start with one depot in May."), ("Bo Quist", "The price is higher than planned.")]
                [who];
        if times {
            out += &format!("\n{} --> {}\n{name}: {text}\n", stamp(start), stamp(start + length));
        } else {
            out += &format!("{name}: {text}\n");
        }
    }
    out
}

fn dealtone(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_dealtone")).args(args).output().expect("the program starts")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("temporary paths are UTF-8")
}

fn listened(files: &[&PathBuf]) -> Value {
    let mut args = vec!["listen", "--json"];
    args.extend(files.iter().map(|f| text(f)));
    let output = dealtone(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn notes(of: &Value) -> String {
    of["recording"]["notes"].to_string()
}

/// Milliseconds of speech on each lane, by its first speaker.
fn speech(of: &Value, name: &str) -> u64 {
    let lanes = of["recording"]["lanes"].as_array().unwrap();
    let lane = lanes.iter().position(|l| l["speakers"][0] == name).unwrap_or_else(|| panic!("{name} in {lanes:?}"));
    of["call"]["lanes"][lane]["speech_ms"].as_u64().unwrap()
}

fn near(found: u64, expected: u64, off: u64) {
    assert!(found.abs_diff(expected) <= off, "{found} is not {expected} ± {off}");
}

struct Case {
    folder: tempfile::TempDir,
}

impl Case {
    fn new() -> Case {
        Case { folder: tempfile::tempdir().unwrap() }
    }

    fn wav(&self, name: &str, channels: &[&[i16]]) -> PathBuf {
        let path = self.folder.path().join(name);
        write(&path, channels);
        path
    }

    fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }
}

#[test]
fn listen_knows_our_people_by_a_team_file() {
    let case = Case::new();
    let vtt = case.file("call.vtt", transcript(true));
    let [ann, bo] = channels(0);
    let wav = case.wav("call.wav", &[&ann, &bo]);
    let team = case.file("ours.toml", "[[members]]\nname = \"Bo Quist\"\n");
    let table = |more: &[&str]| {
        let output = dealtone(&[&["listen", text(&wav), text(&vtt)], more].concat());
        String::from_utf8(output.stdout).expect("text")
    };
    assert!(table(&[]).contains("Bo Quist (side unknown): "), "{}", table(&[]));
    let known = table(&["--team", text(&team)]);
    assert!(known.contains("Bo Quist (us, ") && known.contains("Ann Lee (buyer, "), "{known}");
}

#[test]
fn a_stereo_call_is_heard_as_it_was_made() {
    let case = Case::new();
    let vtt = case.file("call.vtt", transcript(true));
    let [ann, bo] = channels(0);
    let heard = listened(&[&case.wav("call.wav", &[&ann, &bo]), &vtt]);
    let of = |who: usize| SAID.iter().filter(|s| s.0 == who).map(|s| s.2).sum::<u64>();
    near(speech(&heard, "Ann Lee"), of(0), 900);
    near(speech(&heard, "Bo Quist"), of(1), 900);
    assert!(heard["recording"]["offset_ms"].as_i64().unwrap().abs() <= 60, "{}", heard["recording"]["offset_ms"]);
    assert_eq!(heard["call"]["interruptions"], 1, "{:#}", heard["overlaps"]);
    let broke = heard["overlaps"].as_array().unwrap().iter().find(|o| o["took_floor"] == true).unwrap();
    near(broke["start_ms"].as_u64().unwrap(), 15_600, 150);
    near(broke["ms"].as_u64().unwrap(), 1_000, 200);
    assert_eq!(heard["call"]["back_channels"], 1, "{:#}", heard["holds"]);
    near(heard["call"]["long_silence_ms"].as_u64().unwrap(), 23_500 - 18_300, 300);
}

#[test]
fn exchanged_channels_and_clocks_apart_make_no_difference() {
    let case = Case::new();
    let vtt = case.file("call.vtt", transcript(true));
    let [ann, bo] = channels(2_500);
    let heard = listened(&[&case.wav("call.wav", &[&bo, &ann]), &vtt]);
    near(heard["recording"]["offset_ms"].as_i64().unwrap().unsigned_abs(), 2_500, 60);
    assert!(heard["recording"]["offset_ms"].as_i64().unwrap() < 0);
    assert!(notes(&heard).contains("clock"), "{}", notes(&heard));
    assert_eq!(heard["recording"]["lanes"][0]["speakers"], serde_json::json!(["Bo Quist"]));
    assert_eq!(heard["call"]["interruptions"], 1);
    let turns = heard["turns"].as_array().unwrap();
    assert_eq!(turns.len(), SAID.len() - 1, "every turn was found");
    near(turns[1]["start_ms"].as_u64().unwrap(), 7_500, 100);
    near(turns[1]["reply_gap_ms"].as_i64().unwrap() as u64, 5_000 - 4_100, 150);
}

#[test]
fn a_file_a_party_is_the_same_call() {
    let case = Case::new();
    let [ann, bo] = channels(0);
    let (a, b) = (case.wav("call_agent.wav", &[&ann]), case.wav("call_caller.wav", &[&bo]));
    let together = listened(&[&case.wav("call.wav", &[&ann, &bo])]);
    let apart = listened(&[&a, &b]);
    let spurts = |of: &Value, lane: usize| of["recording"]["lanes"][lane]["spurts"].clone();
    assert_eq!([spurts(&apart, 0), spurts(&apart, 1)], [spurts(&together, 0), spurts(&together, 1)]);
    let side = |of: &Value, lane: usize| of["recording"]["lanes"][lane]["side"].clone();
    assert_eq!([side(&apart, 0), side(&apart, 1)], ["seller", "buyer"], "by the names of the files");
    assert_eq!([side(&together, 0), side(&together, 1)], ["unknown", "unknown"]);
}

#[test]
fn one_channel_is_shared_out_by_the_transcript_and_a_doubled_one_is_folded() {
    let case = Case::new();
    let vtt = case.file("call.vtt", transcript(true));
    let [ann, bo] = channels(0);
    let mixed: Vec<i16> = ann.iter().zip(&bo).map(|(a, b)| a.saturating_add(*b)).collect();
    let softer: Vec<i16> = mixed.iter().map(|s| s / 2).collect();
    let mono = listened(&[&case.wav("mono.wav", &[&mixed]), &vtt]);
    let twice = listened(&[&case.wav("twice.wav", &[&mixed, &softer]), &vtt]);
    for heard in [&mono, &twice] {
        assert_eq!(heard["recording"]["separate"], false);
        near(speech(heard, "Bo Quist"), 9_600, 1_300);
        assert_eq!(heard["overlaps"], serde_json::json!([]), "what cannot be heard is not counted");
    }
    assert!(notes(&twice).contains("the same sound"), "{}", notes(&twice));
    assert!(!notes(&mono).contains("the same sound"));
}

#[test]
fn pace_is_of_the_turns_that_were_heard() {
    let case = Case::new();
    let vtt = case.file("call.vtt", transcript(true));
    let [ann, bo] = channels(0);
    let pace = |heard: &Value| {
        let lanes = heard["call"]["lanes"].as_array().unwrap();
        lanes.iter().map(|l| l["words_per_minute"].as_f64().unwrap()).collect::<Vec<_>>()
    };
    let whole = listened(&[&case.wav("whole.wav", &[&ann, &bo]), &vtt]);
    assert!(!notes(&whole).contains("a part"), "{}", notes(&whole));
    let (first, last) = (RATE * 149 / 10, RATE * 135 / 10);
    for (name, channels) in [("first.wav", [&ann[..first], &bo[..first]]), ("last.wav", [&ann[last..], &bo[last..]])] {
        let part = listened(&[&case.wav(name, &channels), &vtt]);
        assert!(notes(&part).contains("a part of what the transcript says"), "{name}: {}", notes(&part));
        for (part, whole) in pace(&part).into_iter().zip(pace(&whole)) {
            assert!((part / whole - 1.0).abs() < 0.35, "{name}: {part} words a minute, and {whole} of the whole");
        }
    }
}

#[test]
fn the_same_recording_gives_the_same_bytes_and_writes_only_where_asked() {
    let case = Case::new();
    let vtt = case.file("call.vtt", transcript(true));
    let [ann, bo] = channels(0);
    let wav = case.wav("call.wav", &[&ann, &bo]);
    let out = case.folder.path().join("heard.json");
    let before = fs::read_dir(case.folder.path()).unwrap().count();
    let first = dealtone(&["listen", text(&wav), text(&vtt), "--json", "--out", text(&out)]);
    let again = dealtone(&["listen", text(&wav), text(&vtt), "--json"]);
    assert_eq!(first.stdout, again.stdout);
    assert_eq!(fs::read(&out).unwrap(), first.stdout);
    assert_eq!(fs::read_dir(case.folder.path()).unwrap().count(), before + 1);
    let table = String::from_utf8(dealtone(&["listen", text(&wav), text(&vtt)]).stdout).unwrap();
    assert!(table.contains("interruptions 1") && table.contains("took the floor"), "{table}");
}

#[test]
fn what_breaks_off_is_heard_as_far_as_it_goes_and_what_is_none_is_refused() {
    let case = Case::new();
    let [ann, bo] = channels(0);
    let wav = case.wav("call.wav", &[&ann, &bo]);
    let bytes = fs::read(&wav).unwrap();
    let half = case.file("half.wav", &bytes[..bytes.len() / 2]);
    let output = dealtone(&["listen", "--json", text(&half)]);
    assert_eq!(output.status.code(), Some(3), "what is missing could not be read");
    let heard: Value = serde_json::from_slice(&output.stdout).unwrap();
    near(heard["recording"]["length_ms"].as_u64().unwrap(), 15_500, 20);
    assert!(notes(&heard).contains("breaks off"), "{}", notes(&heard));
    for (content, says) in
        [(&b"not a recording"[..], "no WAV file"), (&bytes[..44], "holds no sound"), (b"RIFF", "too short")]
    {
        let output = dealtone(&["listen", text(&case.file("bad.wav", content))]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("bad.wav") && said.contains(says), "{said}");
    }
}

#[test]
fn a_recording_of_another_name_is_taken_where_it_is_named_itself_and_told_where_its_folder_is() {
    if runtime_library::find(None).is_err() {
        return;
    }
    let case = Case::new();
    let [ann, _] = channels(0);
    case.file("export/call.txt", transcript(false));
    fs::create_dir(case.folder.path().join("sounds")).unwrap();
    case.wav("sounds/other.wav", &[&ann]);
    let (export, out) = (case.folder.path().join("export/call.txt"), case.folder.path().join("out"));
    for (audio, code, left) in [("sounds", 3, 1), ("sounds/other.wav", 0, 0)] {
        let audio = case.folder.path().join(audio);
        let output = dealtone(&["analyze", text(&export), "--out", text(&out), "--audio", text(&audio)]);
        assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
        let skipped = fs::read_to_string(out.join("skipped.jsonl")).unwrap();
        assert_eq!(skipped.matches("no_transcript").count(), left, "{skipped}");
    }
}

#[test]
fn analyze_finds_recordings_by_name_and_loses_no_transcript_to_a_bad_one() {
    if !runtime_is_here() {
        return;
    }
    let case = Case::new();
    let [ann, bo] = channels(0);
    case.file("export/our-domains.txt", "northwind.example\n");
    for deal in ["acme", "globex", "tails"] {
        // An untimed transcript: nothing of time can be measured but by the recording.
        case.file(&format!("export/{deal}/2026-03-02 call.txt"), transcript(false));
    }
    case.wav("export/acme/2026-03-02 call_agent.wav", &[&ann]);
    case.wav("export/acme/2026-03-02 call_caller.wav", &[&bo]);
    case.file("export/globex/2026-03-02 call.wav", "no sound at all");
    case.wav("export/tails/another.wav", &[&ann]);
    let (export, out) = (case.folder.path().join("export"), case.folder.path().join("out"));
    let output = dealtone(&["analyze", text(&export), "--out", text(&out), "--quiet"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = |name: &str| lines(&out.join(name));
    let skipped: Vec<(String, String)> = lines("skipped.jsonl")
        .iter()
        .map(|s| (s["file"].as_str().unwrap().to_owned(), s["code"].as_str().unwrap().to_owned()))
        .filter(|s| s.0.ends_with(".wav"))
        .collect();
    assert_eq!(
        skipped,
        [
            ("globex/2026-03-02 call.wav".to_owned(), "bad_recording".to_owned()),
            ("tails/another.wav".to_owned(), "no_transcript".to_owned())
        ]
    );
    let deals = lines("deals.jsonl");
    assert_eq!(deals.len(), 3, "every transcript is there");
    let silence = |n: usize| deals[n]["readings"]["silence_percent"].clone();
    assert_eq!(silence(0)["rests_on"], "recording");
    assert!(silence(1).is_null() && silence(2).is_null(), "what was not heard is absent, not zero");
    let page = fs::read_to_string(out.join("report.html")).unwrap();
    assert!(page.contains("lanes"));
}

#[test]
fn a_recording_that_does_not_tell_of_the_whole_call_leaves_its_times_to_the_transcript() {
    if !runtime_is_here() {
        return;
    }
    let case = Case::new();
    let [ann, bo] = channels(0);
    case.file(
        "export/team.toml",
        "[[members]]\nname = \"Ann Lee\"\n[[members]]\nname = \"Bo Quist\"\nside = \"buyer\"\n",
    );
    for deal in ["cut", "none", "other", "part", "silent", "whole"] {
        case.file(&format!("export/{deal}/2026-03-02 call.vtt"), transcript(true));
    }
    let part = RATE * 149 / 10;
    let whole = fs::read(case.wav("export/whole/2026-03-02 call.wav", &[&ann, &bo])).unwrap();
    case.file("export/cut/2026-03-02 call.wav", &whole[..whole.len() / 2]);
    // A word now and then, where those of the transcript go on for seconds, in less time than they take.
    let word = &ann[RATE..RATE * 14 / 10];
    let other = [word, &vec![0; RATE * 2]].concat().repeat(8);
    case.wav("export/other/2026-03-02 call.wav", &[&other]);
    case.wav("export/part/2026-03-02 call.wav", &[&ann[..part], &bo[..part]]);
    case.wav("export/silent/2026-03-02 call.wav", &[&vec![0; RATE * 30]]);
    let (export, out) = (case.folder.path().join("export"), case.folder.path().join("out"));
    let output = dealtone(&["analyze", text(&export), "--out", text(&out), "--quiet"]);
    assert_eq!(output.status.code(), Some(3), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = |name: &str| lines(&out.join(name));
    let told: Vec<String> = lines("skipped.jsonl")
        .iter()
        .filter(|s| s["file"].as_str().unwrap().ends_with(".wav"))
        .map(|s| format!("{} {}", s["file"].as_str().unwrap().split_once('/').unwrap().0, s["code"].as_str().unwrap()))
        .collect();
    assert_eq!(
        told,
        ["cut cut_recording", "cut part_recorded", "other no_fit", "part part_recorded", "silent no_sound"]
    );
    let deals = lines("deals.jsonl");
    let of = |deal: &str| &deals.iter().find(|d| d["deal"] == *deal).unwrap()["readings"];
    let names = ["silence_seconds", "seller_talk_time_share", "seller_words_per_minute", "buyer_words_per_minute"];
    for name in names {
        for deal in ["cut", "other", "part", "silent"] {
            assert_eq!(of(deal)[name], of("none")[name], "{deal}: {name}");
        }
        assert_eq!(of("whole")[name]["rests_on"], "recording", "{name}");
    }
}
