use std::path::PathBuf;
use std::{env, fs};

use proptest::prelude::*;

use super::*;

/// Reads one pickle that takes up all of `bytes`.
fn whole(bytes: &[u8]) -> Pickle {
    let (pickle, end) = read(bytes).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(end, bytes.len());
    pickle
}

fn message(bytes: &[u8]) -> String {
    match read(bytes) {
        Ok((pickle, _)) => panic!("read {}", pickle.root()),
        Err(error) => error.to_string(),
    }
}

/// Writes a value with all that is in it, down to a few levels.
fn spell(value: Value<'_>) -> String {
    fn list(ids: &[NodeId], value: Value<'_>, depth: usize) -> String {
        let items: Vec<_> = ids.iter().map(|&id| spell_to(value.at(id), depth)).collect();
        items.join(", ")
    }
    fn spell_to(value: Value<'_>, depth: usize) -> String {
        let Some(depth) = depth.checked_sub(1) else {
            return "...".to_owned();
        };
        match value.node() {
            Node::List(ids) => format!("[{}]", list(ids, value, depth)),
            Node::Tuple(ids) => format!("({})", list(ids, value, depth)),
            Node::Set(ids) => format!("set({})", list(ids, value, depth)),
            Node::Dict(pairs) => {
                let entry = |&(key, item)| [key, item].map(|id| spell_to(value.at(id), depth)).join(": ");
                format!("{{{}}}", pairs.iter().map(entry).collect::<Vec<_>>().join(", "))
            }
            Node::Array(array) => match array.elements() {
                Elements::Objects(ids) => format!("array {:?} [{}]", array.shape(), list(ids, value, depth)),
                elements => format!("array {:?} {elements:?}", array.shape()),
            },
            Node::Text(text) => format!("{text:?}"),
            Node::Persistent(id) => format!("persistent {}", spell_to(value.at(*id), depth)),
            Node::Bytes(_) | Node::BigInt(_) => format!("{:?}", value.node()),
            _ => value.to_string(),
        }
    }
    spell_to(value, 12)
}

fn spelled(bytes: &[u8]) -> String {
    spell(whole(bytes).root())
}

/// Returns the files of a folder outside the repository, or says why there are none.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let named = env::var("NASREPLAY_SHARED");
    let shared = named.clone().unwrap_or_else(|_| "../shared".to_owned());
    let folder = PathBuf::from(shared).join("data/fixtures");
    let Ok(entries) = fs::read_dir(&folder) else {
        assert!(named.is_err(), "NASREPLAY_SHARED is set, but {} is not there", folder.display());
        eprintln!("skipped: no folder {}, set NASREPLAY_SHARED to the one that holds data/fixtures", folder.display());
        return Vec::new();
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "pkl" || kind == "pth"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

fn fixture(name: &str) -> Option<Vec<u8>> {
    fixtures().into_iter().find(|(file, _)| file == name).map(|(_, bytes)| bytes)
}

/// Reads pickles in a row until one fails or the input ends.
fn read_row(bytes: &[u8]) -> Vec<(Pickle, usize)> {
    let mut row = Vec::new();
    let mut at = 0;
    while let Ok((pickle, length)) = read(&bytes[at..]) {
        at += length;
        row.push((pickle, at));
    }
    row
}

#[test]
fn numbers_of_all_protocols() {
    for (bytes, expected) in [
        (&b"I7\n."[..], "int 7"),
        (b"I01\n.", "bool true"),
        (b"I00\n.", "bool false"),
        (b"I-12\n.", "int -12"),
        (b"L-12L\n.", "int -12"),
        (b"L9223372036854775807L\n.", "int 9223372036854775807"),
        (b"F-1.5\n.", "float -1.5"),
        (b"Fnan\n.", "float NaN"),
        (b"G\x3f\xf8\0\0\0\0\0\0.", "float 1.5"),
        (b"J\xff\xff\xff\xff.", "int -1"),
        (b"K\xff.", "int 255"),
        (b"M\x01\x02.", "int 513"),
        (b"\x8a\x00.", "int 0"),
        (b"\x8a\x01\xfb.", "int -5"),
        (b"\x8a\x08\0\0\0\0\0\0\0\x80.", "int -9223372036854775808"),
        (b"\x8b\x03\0\0\0\xff\0\0.", "int 255"),
        (b"N.", "none"),
        (b"\x88.", "bool true"),
        (b"\x89.", "bool false"),
    ] {
        assert_eq!(spelled(bytes), expected);
    }
}

#[test]
fn decimal_and_binary_big_ints_agree() {
    for (decimal, binary) in [
        (&b"L1180591620717411303424L\n."[..], &b"\x8a\x09\0\0\0\0\0\0\0\0\x40."[..]),
        (b"I-1180591620717411303424\n.", b"\x8a\x09\0\0\0\0\0\0\0\0\xc0."),
        (b"L9223372036854775808L\n.", b"\x8a\x09\0\0\0\0\0\0\0\x80\0."),
        (b"L340282366920938463463374607431768211456L\n.", b"\x8a\x12\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\0."),
    ] {
        assert_eq!(whole(decimal).root().node(), whole(binary).root().node());
    }
    let digits = [b"L", "9".repeat(5000).as_bytes(), b"L\n."].concat();
    assert!(message(&digits).contains("at most 4300 digits"));
}

#[test]
fn texts_of_all_protocols() {
    for (bytes, expected) in [
        (&b"S'a\\'\\n\\x41\\\\'\n."[..], "\"a'\\nA\\\\\""),
        (b"S\"it's\"\n.", "\"it's\""),
        (b"S'\\xff'\n.", "Bytes([255])"),
        (b"U\x02ab.", "\"ab\""),
        (b"T\x01\0\0\0\x80.", "Bytes([128])"),
        (b"Vh\xe9 \\u20ac \\U0001f600 \\x\n.", "\"hé € 😀 \\\\x\""),
        (b"X\x02\0\0\0\xc3\xa9.", "\"é\""),
        (b"\x8c\x01a.", "\"a\""),
        (b"\x8d\x01\0\0\0\0\0\0\0a.", "\"a\""),
        (b"C\x01a.", "Bytes([97])"),
        (b"B\x01\0\0\0a.", "Bytes([97])"),
        (b"\x8e\x01\0\0\0\0\0\0\0a.", "Bytes([97])"),
        (b"\x96\x01\0\0\0\0\0\0\0a.", "Bytes([97])"),
    ] {
        assert_eq!(spelled(bytes), expected);
    }
    for bytes in [&b"S'a\n."[..], b"Sa'\n.", b"S'\n.", b"S'\\q'\n.", b"V\\u12\n.", b"V\\ud800\n.", b"\x8c\x01\xff."] {
        assert!(message(bytes).starts_with("damaged pickle: expected "));
    }
}

#[test]
fn containers_stack_and_memo() {
    for (bytes, expected) in [
        (&b"(I1\nI2\nl."[..], "[int 1, int 2]"),
        (b"(I1\nI2\nd.", "{int 1: int 2}"),
        (b"(K\x01K\x02t.", "(int 1, int 2)"),
        (b"K\x01K\x02K\x03\x87.", "(int 1, int 2, int 3)"),
        (b"K\x01K\x02\x86.", "(int 1, int 2)"),
        (b"K\x01\x85.", "(int 1)"),
        (b"](K\x01K\x02e.", "[int 1, int 2]"),
        (b"}(K\x01K\x02K\x03Nu.", "{int 1: int 2, int 3: none}"),
        (b"}K\x01K\x02s.", "{int 1: int 2}"),
        (b"\x8f(K\x01\x90.", "set(int 1)"),
        (b"(K\x01\x91.", "set(int 1)"),
        (b"K\x01K\x020.", "int 1"),
        (b"K\x01(0.", "int 1"),
        (b"K\x01(K\x02K\x031.", "int 1"),
        (b"K\x012\x86.", "(int 1, int 1)"),
        (b"K\x07p5\n0g5\n.", "int 7"),
        (b"K\x07q\x030h\x03.", "int 7"),
        (b"K\x07r\x01\0\0\x000j\x01\0\0\0.", "int 7"),
        (b"\x80\x05\x95\x02\0\0\0\0\0\0\0K\x07.", "int 7"),
        // The memo holds one entry, number 5, so the next number is 1.
        (b"K\x07q\x05K\x08\x9400h\x01.", "int 8"),
    ] {
        assert_eq!(spelled(bytes), expected);
    }
}

#[test]
fn broken_programs_are_errors() {
    for (bytes, part) in [
        (&b""[..], "an instruction at byte 0 needs 1 bytes, 0 are left"),
        (b".", "expected a value at the end at byte 0, found an empty stack"),
        (b"(.", "found an empty stack"),
        (b"t.", "expected a mark"),
        (b"K\x01(a.", "expected a list item"),
        (b"K\x01K\x02a.", "expected a list, dict or set to fill at byte 4, found int 1"),
        (b"}(K\x01u.", "expected a value for each key"),
        (b"h\x00.", "expected a memo number in use"),
        (b"Nr\xff\xff\xff\xff.", "below the input length"),
        (b"\xff.", "unknown pickle opcode 0xff at byte 0"),
        (b"\x80\x06.", "pickle protocol 6 at byte 0"),
        (b"\x82\x01.", "an extension code"),
        (b"\x97.", "an out-of-band buffer"),
        (b"\x95\xff\0\0\0\0\0\0\0N.", "a frame at byte 9 needs 255 bytes"),
        (b"\x8b\xff\xff\xff\xffabc.", "an int at byte 5 needs 4294967295 bytes"),
        (b"I1", "no end of it"),
        (b"(o.", "nothing after the mark"),
        (b"N)R.", "expected a function or a class at byte 2, found none"),
        (b"NNb.", "expected an object that takes a state"),
        (b"NN\x93.", "expected text"),
    ] {
        let text = message(bytes);
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn calls_of_strangers_are_refused_by_name() {
    for bytes in [
        &b"cos\nsystem\n(S'touch PWNED'\ntR."[..],
        b"(S'touch PWNED'\nios\nsystem\n.",
        b"(cos\nsystem\nS'touch PWNED'\no.",
        b"\x8c\x02os\x8c\x06system\x93)\x81.",
        b"\x8c\x02os\x8c\x06system\x93)}\x92.",
        b"cnumpy.core.multiarray\n_reconstruct\n(cos\nsystem\nI0\ntR.",
    ] {
        let text = message(bytes);
        assert!(text.starts_with("refused to call `os.system`, named at byte"), "{text}");
        assert!(text.ends_with("nothing was run"), "{text}");
    }
    assert!(message(b"cbuiltins\neval\n)R.").contains("`builtins.eval`, named at byte 0"));
    assert!(message(b"cbuiltins\nbytes\n(I9\ntR.").contains("`builtins.bytes`"));
    assert_eq!(spelled(b"cos\nsystem\n."), "os.system");
    assert_eq!(spelled(b"Pweights\n."), "persistent \"weights\"");
    assert_eq!(spelled(b"cos\nsystem\nN\x86Q."), "persistent (os.system, none)");
}

#[test]
fn data_types_are_made_without_a_call() {
    for (bytes, expected) in [
        (&b"ccollections\nOrderedDict\n(((I1\nI2\ntltR."[..], "{int 1: int 2}"),
        (b"ccollections\nOrderedDict\n)RK\x01K\x02s}b.", "{int 1: int 2}"),
        (b"ccollections\ndefaultdict\n(cbuiltins\nlist\ntRK\x01K\x02s.", "{int 1: int 2}"),
        (b"c__builtin__\nset\n((I1\nltR.", "set(int 1)"),
        (b"c_codecs\nencode\n(V\xff\nVlatin1\ntR.", "Bytes([255])"),
        (b"c__builtin__\nbytes\n)R.", "Bytes([])"),
    ] {
        assert_eq!(spelled(bytes), expected);
    }
    assert!(message(b"c_codecs\nencode\n(V\\u20ac\nVlatin1\ntR.").contains("characters of latin1"));
    assert!(message(b"c_codecs\nencode\n(Va\nVrot13\ntR.").contains("the encoding latin1"));
}

/// Pickles an array or a scalar: a dtype, its byte order, then what `rest` does with it.
fn numpy(code: &str, order: &str, rest: &[u8]) -> Vec<u8> {
    let dtype = format!("cnumpy\ndtype\n(S'{code}'\nI0\nI1\ntR(I3\nS'{order}'\nNNNI-1\nI-1\nI0\ntb");
    [b"(".as_slice(), dtype.as_bytes(), b"p0\n0", rest].concat()
}

#[test]
fn numpy_scalars_are_plain_values() {
    let scalar = |code, order, data: &str| {
        let rest = format!("cnumpy.core.multiarray\nscalar\n(g0\nS'{data}'\ntR.");
        spelled(&numpy(code, order, rest.as_bytes()))
    };
    assert_eq!(scalar("f2", "<", "\\x00\\x3e"), "float 1.5");
    assert_eq!(scalar("f2", "<", "\\x01\\x80"), "float -0.00000005960464477539063");
    assert_eq!(scalar("f2", "<", "\\x00\\xfc"), "float -inf");
    assert_eq!(scalar("f4", ">", "\\x3f\\xc0\\x00\\x00"), "float 1.5");
    assert_eq!(scalar("f8", "<", "\\x00\\x00\\x00\\x00\\x00\\x00\\xf8\\x3f"), "float 1.5");
    assert_eq!(scalar("i1", "|", "\\xff"), "int -1");
    assert_eq!(scalar("i2", ">", "\\xff\\xfe"), "int -2");
    assert_eq!(scalar("u2", "<", "\\xfe\\xff"), "int 65534");
    let most = "\\xff".repeat(8);
    assert_eq!(scalar("i8", "<", &most), "int -1");
    assert_eq!(scalar("u8", "<", &most), "BigInt([255, 255, 255, 255, 255, 255, 255, 255, 0])");
    assert_eq!(scalar("b1", "|", "\\x01"), "bool true");
    assert_eq!(scalar("S3", "|", "ab\\x00"), "\"ab\"");
    assert_eq!(scalar("U2", "<", "a\\x00\\x00\\x00\\x00\\x00\\x00\\x00"), "\"a\"");
    assert_eq!(scalar("M8", "<", "12345678"), "object of numpy.core.multiarray.scalar");
    let short = numpy("f8", "<", b"cnumpy.core.multiarray\nscalar\n(g0\nS'1'\ntR.");
    assert!(message(&short).contains("expected the bytes of one scalar"));
}

#[test]
fn numpy_arrays_are_checked_and_in_c_order() {
    let array = |shape: &str, fortran: u8, data: &str| {
        let rest = format!(
            "cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n({shape}tg0\nI0{fortran}\nS'{data}'\ntb."
        );
        numpy("i1", "|", rest.as_bytes())
    };
    assert_eq!(spelled(&array("I2\nI3\n", 0, "abcdef")), "array [2, 3] I64([97, 98, 99, 100, 101, 102])");
    assert_eq!(spelled(&array("I2\nI3\n", 1, "adbecf")), "array [2, 3] I64([97, 98, 99, 100, 101, 102])");
    assert_eq!(spelled(&array("I1\nI2\nI1\nI2\n", 1, "acbd")), "array [1, 2, 1, 2] I64([97, 98, 99, 100])");
    assert_eq!(spelled(&array("", 1, "a")), "array [] I64([97])");
    assert_eq!(spelled(&array("I0\nI9223372036854775807\nI9\n", 1, "")), "array [0, 9223372036854775807, 9] I64([])");
    assert!(message(&array("I2\n", 0, "a")).contains("expected the bytes of an array of its shape"));
    assert!(message(&array("I-2\n", 0, "ab")).contains("expected an int of at least 0"));
    let huge = "I9223372036854775807\nI9223372036854775807\n";
    assert!(message(&array(huge, 0, "a")).contains("expected an array that fits in memory"));
    assert!(message(&array(&"I1\n".repeat(65), 0, "a")).contains("at most 64 axes"));
}

#[test]
fn values_are_small() {
    assert_eq!(size_of::<Node>(), 32);
}

#[test]
fn copying_a_shared_value_over_and_over_is_refused() {
    let list = [b"((", b"N".repeat(1000).as_slice(), b"ltp0\n0"].concat();
    let set = b"c__builtin__\nset\ng0\nR0";
    assert!(read(&[&list, &set[..], b"N."].concat()).is_ok());
    assert!(message(&[&list, set.repeat(500).as_slice(), b"N."].concat()).contains("multiplies its data"));
    // Padding is dropped from the text, but it was looked at.
    let text = format!("S'{}'\np1\n0", "\\x00".repeat(1000));
    let scalar = "cnumpy.core.multiarray\nscalar\n(g0\ng1\ntR0";
    let scalars = |count| numpy("S1000", "|", format!("{text}{}N.", scalar.repeat(count)).as_bytes());
    assert!(read(&scalars(2)).is_ok());
    assert!(message(&scalars(50)).contains("multiplies its data"));
}

#[test]
fn asking_for_the_wrong_thing_says_what_is_there() {
    let pickle = whole(b"}(U\x02lrK\x01K\x02](NG\x3f\xf8\0\0\0\0\0\0eu.");
    let root = pickle.root();
    assert_eq!(root.entries().unwrap().len(), 2);
    assert_eq!(root.get("lr").unwrap().as_f64(), Ok(1.0));
    assert_eq!(root.get_int(2).unwrap().item(1).unwrap().as_f64(), Ok(1.5));
    assert!(root.find("gamma").unwrap().is_none());
    let text = |error: PickleError| error.to_string();
    assert_eq!(text(root.get("gamma").unwrap_err()), "key `gamma` is missing from dict of length 2");
    assert_eq!(text(root.get_int(3).unwrap_err()), "key 3 is missing from dict of length 2");
    assert_eq!(text(root.get_int(2).unwrap().item(7).unwrap_err()), "item 7 is missing from list of length 2");
    assert_eq!(text(root.as_str().unwrap_err()), "expected text, found dict of length 2");
    assert_eq!(text(root.get_int(2).unwrap().to_f64s().unwrap_err()), "expected a number, found none");
    assert_eq!(text(root.get("lr").unwrap().as_bool().unwrap_err()), "expected a bool, found int 1");
    let long = whole(&[b"V", "x\x07".repeat(50).as_bytes(), b"\n."].concat());
    let expected = format!("expected a dict, found text `{}...`", "x?".repeat(30));
    assert_eq!(text(long.root().get("x").unwrap_err()), expected);
}

#[test]
fn all_protocols_give_the_same_values() {
    for stem in ["base", "np"] {
        let files: Vec<_> = (0..6).filter_map(|protocol| fixture(&format!("{stem}_p{protocol}.pkl"))).collect();
        for bytes in &files {
            assert_eq!(spelled(bytes), spelled(&files[4]));
        }
    }
    if let (Some(base), Some(np)) = (fixture("base_p0.pkl"), fixture("np_p5.pkl")) {
        assert_eq!(
            spelled(&base),
            "{\"s\": \"héllo\", \"i\": int 1, \"neg\": int -5, \"big\": BigInt([0, 0, 0, 0, 0, 0, 0, 0, 64]), \
             \"f\": float 1.5, \"nan\": float NaN, \"none\": none, \"t\": bool true, \"fa\": bool false, \
             \"tup\": (\"cifar10-valid\", int 777), \"tk\": {(\"cifar10\", int 777): [int 1, float 2]}, \
             \"l\": [int 1, [int 2, [int 3]]], \"set\": set(int 1, int 2), \"fs\": set(int 1), \
             \"b\": Bytes([97, 98]), \"od\": {int 0: float 1, int 1: float 2}, \"dd\": {\"a\": {}}}"
        );
        assert_eq!(
            spelled(&np),
            "{\"f64\": float 0.25, \"f32\": float 0.5, \"i64\": int 7, \
             \"a1\": array [2, 3] F64([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), \"a2\": array [3] I64([1, 2, 3]), \
             \"af\": array [2, 3] F64([0.0, 1.0, 2.0, 3.0, 4.0, 5.0]), \"as\": array [2] Text([\"ab\", \"c\"]), \
             \"ao\": array [3] [\"ab\", none, {\"x\": int 1}], \"empty\": array [0] F64([]), \
             \"bool\": array [2] Bool([true, false])}"
        );
    }
}

#[test]
fn hostile_fixtures() {
    let (Some(evil), Some(bomb)) = (fixture("evil.pkl"), fixture("bomb.pkl")) else { return };
    let text = message(&evil);
    assert!(text.contains("posix.system") || text.contains("os.system"), "{text}");
    assert!(!PathBuf::from("PWNED").exists());
    assert!(message(&bomb).contains("needs 1152921504606846976 bytes, 1 are left"));
}

#[test]
fn deep_recursive_and_shared_values() {
    let deep = [&b"]".repeat(200_000)[..], &b"a".repeat(199_999), b"."].concat();
    let pickle = whole(&deep);
    let mut depth = 1;
    let mut value = pickle.root();
    while let Ok(inner) = value.item(0) {
        value = inner;
        depth += 1;
    }
    assert_eq!(depth, 200_000);

    let pickle = whole(b"]q\x00h\x00a.");
    assert_eq!(pickle.root().item(0).unwrap().id(), pickle.root().id());

    if let (Some(recursive), Some(shared), Some(deep)) =
        (fixture("recursive.pkl"), fixture("shared.pkl"), fixture("deep.pkl"))
    {
        let pickle = whole(&recursive);
        let list = pickle.root().get("l").unwrap();
        assert_eq!(list.item(0).unwrap().id(), list.id());
        let pickle = whole(&shared);
        let ids: Vec<_> = pickle.root().items().unwrap().map(Value::id).collect();
        assert!(ids.len() == 3 && ids.iter().all(|&id| id == ids[0]));
        assert_eq!(spell(pickle.root().item(2).unwrap()), "{\"x\": int 1}");
        assert_eq!(whole(&deep).node_count(), 200_000);
    }
}

#[test]
fn files_of_several_pickles() {
    let Some(torch) = fixture("torch_legacy.pth") else { return };
    let row = read_row(&torch);
    assert_eq!(row.len(), 5);
    assert_eq!(
        row[0].0.root().node(),
        &Node::BigInt([0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19].into())
    );
    assert_eq!(row[1].0.root().as_i64(), Ok(1001));
    let spelled = spell(row[3].0.root());
    assert!(spelled.contains("persistent (\"storage\", \"FloatStorage\", \"94\", \"cpu\", int 2, none)"), "{spelled}");
    assert_eq!(spell(row[4].0.root()), "[\"94\"]");

    let row = read_row(&fixture("NB201-fake3.pth").unwrap());
    let ends: Vec<_> = row.iter().map(|(_, end)| *end).collect();
    assert_eq!(ends[..3], [15, 21, 137]);
    assert_eq!(ends.len(), 5);
    assert_eq!(row[3].0.root().get("arch2infos").unwrap().entries().unwrap().len(), 3);
    assert_eq!(read_row(&fixture("asr_two.pkl").unwrap()).len(), 2);
}

#[test]
fn tables_read_as_their_readers_expect() {
    let Some(bytes) = fixture("nb101.pkl") else { return };
    let pickle = whole(&bytes);
    let (hash, cell) = pickle.root().entries().unwrap().next().unwrap();
    assert_eq!(hash.as_str(), Ok("00005c142e6f48ac74fdcf73e3439874"));
    let adjacency = cell.item(0).unwrap().get("module_adjacency").unwrap().as_array().unwrap();
    assert_eq!((adjacency.shape(), adjacency.elements()), (&[7, 7][..], &Elements::I64(vec![0; 49])));
    let runs = cell.item(1).unwrap().get_int(108).unwrap();
    assert_eq!(runs.item(2).unwrap().get("final_test_accuracy").unwrap().as_f64(), Ok(0.9));
    for name in ["nb101_dummy.pkl", "hwnas.pkl"] {
        whole(&fixture(name).unwrap());
    }
    let pickle = whole(&fixture("hwnas.pkl").unwrap());
    let cifar = pickle.root().get("nasbench201").unwrap().get("cifar10").unwrap();
    assert_eq!(cifar.get("fpga_latency").unwrap().to_f64s(), Ok(vec![1.0, 2.0]));
    assert_eq!(cifar.get("edgegpu_latency").unwrap().to_f64s(), Ok(vec![5.8; 4]));
}

#[test]
fn damaged_fixtures_never_panic() {
    const CUTS: usize = 20;
    const FLIPS: usize = 200;
    for (name, bytes) in fixtures() {
        for cut in (0..CUTS).map(|part| bytes.len() * part / CUTS) {
            let _ = read_row(&bytes[..cut]);
        }
        let mut state = bytes.len() as u64 | 1;
        for _ in 0..FLIPS {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            let mut flipped = bytes.clone();
            let at = (state >> 20) as usize % bytes.len();
            flipped[at] ^= 1 << (state >> 60 & 7);
            for (pickle, _) in read_row(&flipped) {
                assert!(pickle.node_count() <= bytes.len(), "{name}");
            }
        }
    }
}

/// Instructions to make random programs of.
const OPS: &[&[u8]] = &[
    b"(",
    b"0",
    b"1",
    b"2",
    b"N",
    b"K\x01",
    b"]",
    b")",
    b"}",
    b"\x8f",
    b"l",
    b"t",
    b"d",
    b"\x91",
    b"\x85",
    b"\x86",
    b"\x87",
    b"a",
    b"e",
    b"s",
    b"u",
    b"\x90",
    b"\x94",
    b"h\x00",
    b"h\x01",
    b"q\x00",
    b"R",
    b"o",
    b"b",
    b"\x81",
    b"\x92",
    b"U\x02f8",
    b"U\x01<",
    b"Q",
    b"cnumpy\ndtype\n",
    b"cnumpy\nndarray\n",
    b"cnumpy.core.multiarray\nscalar\n",
    b"cnumpy.core.multiarray\n_reconstruct\n",
    b"c__builtin__\nset\n",
    b"ccollections\nOrderedDict\n",
    b"c_codecs\nencode\n",
    b"\x93",
];

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes);
    }

    #[test]
    fn random_programs_never_panic(ops in prop::collection::vec(prop::sample::select(OPS), 0..60)) {
        if let Ok((pickle, end)) = read(&[&ops.concat()[..], b"."].concat()) {
            prop_assert!(pickle.node_count() <= end);
            let _ = pickle.root().to_string();
        }
    }
}
